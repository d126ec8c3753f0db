"""Makes providers.json: signatures of the other providers, made or accepted by other people's code.

    python3 -m venv venv
    venv/bin/pip install svix standardwebhooks twilio squareup razorpay paddle-python-sdk discord-interactions \
        sendgrid workos openai hubspot-api-client Adyen cryptography resend replicate elevenlabs boxsdk \
        paypalrestsdk PyJWT phpserialize werkzeug
    venv/bin/python providers.py

Where a provider has a Python library that verifies, it has to accept what is written here before it is written.
Where none has, OpenSSL's command signs by the formula that the provider documents. Keys are made once and kept in
this folder, so that a second run gives the same files but for ECDSA, which is not deterministic.
"""

import base64
import datetime
import hashlib
import hmac
import importlib.metadata
import json
import pathlib
import subprocess
import unittest.mock
import urllib.parse
import zlib

import Adyen.util
import box_sdk_gen.managers.webhooks
import discord_interactions
import elevenlabs.webhooks_custom
import hubspot.utils.signature
import jwt
import openai
import paddle_billing.Notifications
import paypalrestsdk.notifications
import phpserialize
import razorpay
import replicate.webhook
import resend
import sendgrid.helpers.eventwebhook
import square.utils.webhooks_helper
import standardwebhooks
import svix
import twilio.request_validator
import werkzeug.datastructures
import workos
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding

HERE = pathlib.Path(__file__).parent
NOW = 1700000000
BODY = b'{"id":"evt_1","type":"invoice.paid","note":"Zo\xc3\xab"}'
SECRET = "a secret between the two, 0123456789"
WHSEC = "whsec_" + base64.b64encode(bytes(range(32))).decode()
URL = "https://hooks.example.com/webhook/a?b=c"
CASES = []


def openssl(*arguments, stdin=b""):
    return subprocess.run(["openssl", *arguments], input=stdin, check=True, capture_output=True).stdout


OPENSSL = openssl("version").split(b"  ")[0].decode().strip()


def version(package):
    return f"{package} {importlib.metadata.version(package)}"


def mac(text, hash="sha256", key=SECRET.encode()):
    out = openssl("dgst", f"-{hash}", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary", stdin=text)
    assert hmac.compare_digest(out, hmac.new(key, text, hash).digest())
    return out


def b64(data):
    return base64.b64encode(data).decode()


def case(provider, headers, body=BODY, name="documented formula", keys=(SECRET,), made_by=OPENSSL, **more):
    CASES.append(
        {
            "name": name,
            "provider": provider,
            "made_by": made_by,
            "keys": list(keys),
            "headers": headers,
            "body_b64": b64(body),
            "now": NOW,
            **more,
        }
    )


def body(**fields):
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


def svix_family():
    for provider in ("svix", "clerk", "resend"):
        value = svix.Webhook(WHSEC).sign("msg_1", datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc), BODY.decode())
        headers = {"svix-id": "msg_1", "svix-timestamp": str(NOW), "svix-signature": value}
        made_by = version("svix")
        if provider == "resend":
            parts = {name.removeprefix("svix-"): value for name, value in headers.items()}
            with unittest.mock.patch("time.time", lambda: NOW):
                resend.Webhooks.verify({"payload": BODY.decode(), "headers": parts, "webhook_secret": WHSEC})
            made_by = version("resend")
        case(provider, headers, keys=[WHSEC], made_by=made_by, name="its library", event_id="msg_1", event_type="invoice.paid")
        # Their libraries decode the secret without its prefix as well.
        now = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)
        assert svix.Webhook(WHSEC[6:]).sign("msg_1", now, BODY.decode()) == value
        case(provider, headers, keys=[WHSEC[6:]], made_by=made_by, name="its library, a secret without whsec_")
        if provider == "svix":
            headers = {name.replace("svix", "webhook"): value for name, value in headers.items()}
            case(provider, headers, keys=[WHSEC], made_by=version("svix"), name="the other headers", event_id="msg_1")
    for provider in ("openai", "replicate"):
        at = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)
        value = standardwebhooks.Webhook(WHSEC).sign("msg_1", at, BODY.decode())
        headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": value}
        if provider == "openai":
            with unittest.mock.patch("time.time", lambda: NOW):
                openai.OpenAI(api_key="x").webhooks.verify_signature(BODY.decode(), headers, secret=WHSEC)
            case("gitlab", headers, keys=[WHSEC], made_by=version("standardwebhooks"), name="a signing token", event_id="msg_1")
        else:
            replicate.webhook.Webhooks.validate(headers=headers, body=BODY.decode(), secret=replicate.webhook.WebhookSigningSecret(key=WHSEC), tolerance=None)
        made_by = version(provider)
        case(provider, headers, keys=[WHSEC], made_by=made_by, name="accepted by its library")
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW)}
    value = b64(mac(f"msg_1.{NOW}.".encode() + BODY))
    for name, written in (("a secret that is text", f"v1,{value}"), ("a signature without a version", value)):
        signed = {**headers, "webhook-signature": written}
        with unittest.mock.patch("time.time", lambda: NOW):
            openai.OpenAI(api_key="x").webhooks.verify_signature(BODY.decode(), signed, secret=SECRET)
        case("openai", signed, made_by=version("openai"), name=f"accepted by its library, {name}")


def kept(name, make):
    file = HERE / name
    if not file.exists():
        pem = make().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(pem)
    return serialization.load_pem_private_key(file.read_bytes(), None)


def public(key, encoding=serialization.Encoding.PEM, format=serialization.PublicFormat.SubjectPublicKeyInfo):
    return key.public_key().public_bytes(encoding, format)


def asymmetric():
    key = kept("ed25519.pem", ed25519.Ed25519PrivateKey.generate)
    raw = public(key, serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    text = body(id="1", type=1)
    signature = key.sign(str(NOW).encode() + text).hex()
    assert discord_interactions.verify_key(text, signature, str(NOW), raw.hex())
    headers = {"X-Signature-Ed25519": signature, "X-Signature-Timestamp": str(NOW)}
    for name, form in (("hex", raw.hex()), ("PEM", public(key).decode())):
        case("discord", headers, text, keys=[form], made_by=version("discord-interactions"), name=f"its library, {name}")
    signature = key.sign(f"msg_1.{NOW}.".encode() + BODY)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": f"v1a,{b64(signature)}"}
    case("standard-webhooks-asymmetric", headers, keys=["whpk_" + b64(raw)], made_by=version("cryptography"))
    case("standard-webhooks", headers, keys=["whpk_" + b64(raw)], made_by=version("cryptography"), name="a public key", public=True)

    key = kept("p256.pem", lambda: ec.generate_private_key(ec.SECP256R1()))
    text = b'[{"event":"delivered","sg_event_id":"e1"}]\r\n'
    signature = key.sign(str(NOW).encode() + text, ec.ECDSA(hashes.SHA256()))
    form = b64(public(key, serialization.Encoding.DER))
    webhook = sendgrid.helpers.eventwebhook.EventWebhook(form)
    assert webhook.verify_signature(text.decode(), b64(signature), str(NOW))
    prefix = "X-Twilio-Email-Event-Webhook-"
    headers = {prefix + "Signature": b64(signature), prefix + "Timestamp": str(NOW)}
    for name, form in (("base64", form), ("PEM", public(key).decode())):
        case("sendgrid", headers, text, keys=[form], made_by=version("sendgrid"), name=f"its library, {name}", event_id="e1", event_type="delivered")


def twilios():
    validator = twilio.request_validator.RequestValidator(SECRET)
    form = b"To=%2B1800&From=%2B1415&Body=hello+there&Tag=b&Tag=a&Tag=b&Empty="
    fields = werkzeug.datastructures.MultiDict(urllib.parse.parse_qsl(form.decode(), keep_blank_values=True))
    signature = validator.compute_signature(URL, fields)
    assert validator.validate(URL, fields, signature)
    case("twilio", {"X-Twilio-Signature": signature}, form, url=URL, made_by=version("twilio"), name="a form")
    ported = URL.replace(".com/", ".com:443/")
    assert validator.validate(URL, fields, validator.compute_signature(ported, fields))
    case("twilio", {"X-Twilio-Signature": validator.compute_signature(ported, fields)}, form, url=URL, made_by=version("twilio"), name="signed with the port")
    hashed = f"{URL}&bodySHA256={hashlib.sha256(BODY).hexdigest()}"
    signature = validator.compute_signature(hashed, {})
    assert validator.validate(hashed, BODY.decode(), signature)
    case("twilio", {"X-Twilio-Signature": signature}, url=hashed, made_by=version("twilio"), name="JSON")
    settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    assert twilio.request_validator.get_signature_algorithm(settings) == "HMAC_SHA256"
    signature = validator.compute_signature(URL, fields, "HMAC_SHA256")
    headers = {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": settings}
    case("twilio", headers, form, url=URL, made_by=version("twilio"), name="a shared key", several=True)


def libraries():
    signature = b64(mac(URL.encode() + BODY))
    assert square.utils.webhooks_helper.verify_signature(request_body=BODY.decode(), signature_header=signature, signature_key=SECRET, notification_url=URL)
    case("square", {"x-square-hmacsha256-signature": signature}, url=URL, made_by=version("squareup"), name="accepted by its library")
    signature = mac(BODY).hex()
    assert razorpay.Client(auth=("x", "y")).utility.verify_webhook_signature(BODY.decode(), signature, SECRET)
    case("razorpay", {"X-Razorpay-Signature": signature}, made_by=version("razorpay"), name="accepted by its library")
    text = body(event_id="evt_1", event_type="transaction.paid")
    headers = {"Paddle-Signature": f"ts={NOW};h1={mac(f'{NOW}:'.encode() + text).hex()}"}
    request = unittest.mock.Mock(headers=headers, body=text)
    with unittest.mock.patch("paddle_billing.Notifications.Verifier.time", lambda: NOW):
        assert paddle_billing.Notifications.Verifier().verify(request, paddle_billing.Notifications.Secret(SECRET))
    case("paddle", headers, text, made_by=version("paddle-python-sdk"), name="accepted by its library", event_id="evt_1", event_type="transaction.paid")
    get = hubspot.utils.signature.Signature.get_signature
    text = b'[{"eventId":7,"subscriptionType":"contact.creation"}]'
    signature = get(SECRET, text.decode(), "v3", URL, "POST", str(NOW * 1000))
    headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": str(NOW * 1000)}
    case("hubspot", headers, text, url=URL, made_by=version("hubspot-api-client"), name="its library", event_id="7", event_type="contact.creation")
    coded = URL.replace("b=c", "b=%40c%2Cd%20e")
    signature = get(SECRET, text.decode(), "v3", coded.replace("%40", "@").replace("%2C", ","), "POST", str(NOW * 1000))
    case("hubspot", {**headers, "X-HubSpot-Signature-v3": signature}, text, url=coded, made_by=version("hubspot-api-client"), name="a URL that is decoded as its documentation says")
    for number in ("v1", "v2"):
        signature = get(SECRET, text.decode(), number, URL)
        case(f"hubspot-{number}", {"X-HubSpot-Signature": signature}, text, url=URL, made_by=version("hubspot-api-client"), name="its library", event_id="7")
    # HubSpot's documentation publishes these two.
    published = b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]'
    key = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
    signature = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
    assert get(key, published.decode(), "v1") == signature
    case("hubspot-v1", {"X-HubSpot-Signature": signature}, published, keys=[key], made_by="HubSpot's documentation", name="documented")
    signature = "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"
    assert get(key, "", "v2", "https://www.example.com/webhook_uri", "GET") == signature
    case("hubspot-v2", {"X-HubSpot-Signature": signature}, b"", keys=[key], made_by="HubSpot's documentation", name="documented", method="GET", url="https://www.example.com/webhook_uri")
    text = body(type="post_call_transcription", event_timestamp=NOW)
    value = f"t={NOW},v0={mac(f'{NOW}.'.encode() + text).hex()}"
    with unittest.mock.patch("time.time", lambda: NOW):
        elevenlabs.webhooks_custom.WebhooksClient(client_wrapper=None).construct_event(text.decode(), value, SECRET)
    case("elevenlabs", {"ElevenLabs-Signature": value}, text, made_by=version("elevenlabs"), name="accepted by its library", event_type="post_call_transcription")
    at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {"BOX-DELIVERY-TIMESTAMP": at, "BOX-SIGNATURE-PRIMARY": b64(mac(BODY + at.encode())), "BOX-SIGNATURE-VERSION": "1", "BOX-SIGNATURE-ALGORITHM": "HmacSHA256"}
    lower = {name.lower(): value for name, value in headers.items()}
    assert box_sdk_gen.managers.webhooks.WebhooksManager.validate_message(BODY.decode(), lower, SECRET)
    # Its library looks at the clock itself, so that this proves the formula for the case in `formulas`.
    ms = NOW * 1000
    text = body(id="event_1", event="user.created", data={})
    value = f"t={ms}, v1={mac(f'{ms}.'.encode() + text).hex()}"
    with unittest.mock.patch("time.time", lambda: NOW):
        client = workos.WorkOSClient(api_key="x", client_id="y")
        client.webhooks.verify_header(event_body=text.decode(), event_signature=value, secret=SECRET)
    case("workos", {"WorkOS-Signature": value}, text, made_by=version("workos"), name="accepted by its library", event_id="event_1", event_type="user.created")
    key = bytes(range(32)).hex()
    item = {"pspReference": "8535", "merchantAccountCode": "Acme", "merchantReference": "order:1", "amount": {"value": 1130, "currency": "EUR"}, "eventCode": "AUTHORISATION", "success": "true", "eventDate": "2023-11-14T22:13:20+01:00"}
    item["additionalData"] = {"hmacSignature": Adyen.util.generate_notification_sig(item, key).decode()}
    whole = {"live": "false", "notificationItems": [{"NotificationRequestItem": item}]}
    assert Adyen.util.is_valid_hmac_notification(whole, key)
    case("adyen", {}, body(**whole), keys=[key], made_by=version("Adyen"), name="its library", event_id="8535", event_type="AUTHORISATION")
    item = {**item, "originalReference": "8534", "success": "false"}
    del item["additionalData"]
    item["additionalData"] = {"hmacSignature": Adyen.util.generate_notification_sig(item, key).decode()}
    case("adyen", {}, body(live="false", notificationItems=[{"NotificationRequestItem": item}]), keys=[key], made_by=version("Adyen"), name="its library, all fields")
    text = body(type="balancePlatform.accountHolder.created", data={"id": "AH1"})
    case("adyen-platform", {"HmacSignature": Adyen.util.generate_payload_sig(text, key).decode()}, text, keys=[key], made_by=version("Adyen"), name="its library", event_id="AH1")


def certificates():
    file, private = HERE / "rsa-2048.certificate.pem", str(HERE / "rsa-2048.pem")
    if not file.exists():
        openssl("req", "-x509", "-key", private, "-subj", "/CN=a test", "-days", "36500", "-out", str(file))
    certificate = file.read_text()

    def sign(text, hash="sha256"):
        return b64(openssl("dgst", f"-{hash}", "-sign", private, stdin=text))

    at, text = "2023-11-14T22:13:20Z", body(id="WH-1", event_type="PAYMENT.SALE.COMPLETED")
    content = f"t-1|{at}|1JE4291016473214C|{zlib.crc32(text)}".encode()
    headers = {"PAYPAL-TRANSMISSION-ID": "t-1", "PAYPAL-TRANSMISSION-TIME": at, "PAYPAL-TRANSMISSION-SIG": sign(content)}
    paypals = paypalrestsdk.notifications.WebhookEvent._get_expected_sig
    assert paypals("t-1", at, "1JE4291016473214C", text.decode()).encode() == content
    url = {"PAYPAL-CERT-URL": "https://api.paypal.com/v1/notifications/certs/CERT-360caa42"}
    case("paypal", {**headers, **url}, text, made_by=f"{OPENSSL}, over what {version('paypalrestsdk')} signs", keys=[certificate], signature={"webhook_id": "1JE4291016473214C"}, several=True, event_id="WH-1", event_type="PAYMENT.SALE.COMPLETED")
    fields = {"Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Subject": "Hi", "Message": "a\nb", "Timestamp": "2023-11-14T22:13:20.000Z"}
    confirm = {**fields, "Type": "SubscriptionConfirmation", "Token": "abc", "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?x"}
    del confirm["Subject"]
    bare = {name: value for name, value in fields.items() if name != "Subject"}
    for name, message in {"with a subject": fields, "without one": bare, "a confirmation": confirm}.items():
        for number, hash in (("1", "sha1"), ("2", "sha256")):
            signed = "".join(f"{key}\n{message[key]}\n" for key in sorted(message)).encode()
            extra = {"SignatureVersion": number, "Signature": sign(signed, hash), "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"}
            case("aws-sns", {}, body(**message, **extra), keys=[certificate], name=f"{name}, version {number}", event_id="m-1", event_type=message["Type"])


def formulas():
    hex_, sha1 = mac(BODY).hex(), mac(BODY, "sha1")
    case("shopify", {"X-Shopify-Hmac-SHA256": b64(mac(BODY))})
    case("shopify", {"Shopify-Hmac-Sha256": b64(mac(BODY))}, name="the newer header")
    case("bitbucket", {"X-Hub-Signature": f"sha256={hex_}"})
    # What Atlassian's documentation publishes as a test.
    documented = {"X-Hub-Signature": "sha256=" + mac(b"Hello World!", key=b"It's a Secret to Everybody").hex()}
    assert documented["X-Hub-Signature"].endswith("a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9")
    case("bitbucket", documented, b"Hello World!", keys=["It's a Secret to Everybody"], name="documented by Atlassian")
    case("meta", {"X-Hub-Signature-256": f"sha256={hex_}"})
    case("cursor", {"X-Webhook-Signature": f"sha256={hex_}"})
    case("opnform", {"X-Webhook-Signature": f"sha256={hex_}"})
    case("typeform", {"Typeform-Signature": f"sha256={b64(mac(BODY))}"})
    case("savvycal", {"x-savvycal-signature": f"sha256={hex_.upper()}"}, name="in upper case", event_id="evt_1")
    case("savvycal", {"x-savvycal-signature": f"sha256={hex_}"}, name="in lower case")
    case("intercom", {"X-Hub-Signature": f"sha1={sha1.hex()}"})
    case("vercel", {"x-vercel-signature": sha1.hex()})
    for provider, header in {
        "asana": "X-Hook-Signature",
        "clickup": "X-Signature",
        "dropbox": "X-Dropbox-Signature",
        "sentry": "Sentry-Hook-Signature",
    }.items():
        case(provider, {header: hex_})
    for provider, header in {
        "docusign": "X-DocuSign-Signature-1",
        "heroku": "Heroku-Webhook-Hmac-SHA256",
        "woocommerce": "X-WC-Webhook-Signature",
        "xero": "x-xero-signature",
    }.items():
        case(provider, {header: b64(mac(BODY))})
    case("docusign", {"X-DocuSign-Signature-17": b64(mac(BODY))}, name="the seventeenth key")
    case("trello", {"X-Trello-Webhook": b64(mac(BODY + URL.encode(), "sha1"))}, url=URL)
    case("circleci", {"circleci-signature": f"v1={hex_}"}, event_id="evt_1")
    # CircleCI's documentation publishes this one.
    value = mac(b"hello world", key=b"secret").hex()
    assert value == "734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a"
    case("circleci", {"circleci-signature": f"v1={value}"}, b"hello world", keys=["secret"], name="documented by CircleCI")
    case("pagerduty", {"X-PagerDuty-Signature": f"v1={'0' * 64},v1={hex_}"}, name="two, of which one is another key's", several=True)
    timed = {  # header, before and after the time, between the two, joiner
        "calendly": ("Calendly-Webhook-Signature", "t={t},v1={s}", "."),
        "elevenlabs": ("ElevenLabs-Signature", "t={t},v0={s}", "."),
        "tiktok": ("TikTok-Signature", "t={t},s={s}", "."),
        "boldsign": ("X-BoldSign-Signature", "t={t}, s0={s}", "."),
    }
    for provider, (header, form, joiner) in timed.items():
        signature = mac(f"{NOW}{joiner}".encode() + BODY).hex()
        case(provider, {header: form.format(t=NOW, s=signature)}, several=provider == "boldsign")
    old = mac(f"{NOW}.".encode() + BODY).hex()
    case("boldsign", {"X-BoldSign-Signature": f"t={NOW}, s0={'0' * 64}, s1={old}"}, name="the old key while rolling", several=True)
    signed = f"{NOW}.host content-type.hooks.example.com.application/json.".encode() + BODY
    headers = {"X-Hook0-Signature": f"t={NOW},h=host content-type,v1={mac(signed).hex()}", "host": "hooks.example.com", "content-type": "application/json"}
    case("coinbase", headers)
    case("zoom", {"x-zm-signature": "v0=" + mac(f"v0:{NOW}:".encode() + BODY).hex(), "x-zm-request-timestamp": str(NOW)})
    ms = NOW * 1000
    case("webflow", {"x-webflow-signature": mac(f"{ms}:".encode() + BODY).hex(), "x-webflow-timestamp": str(ms)})
    at = "2023-11-14T22:13:20Z"
    case("zendesk", {"X-Zendesk-Webhook-Signature": b64(mac(at.encode() + BODY)), "X-Zendesk-Webhook-Signature-Timestamp": at})
    at = "2023-11-14T15:13:20-07:00"
    case("box", {"BOX-SIGNATURE-PRIMARY": b64(mac(BODY + at.encode())), "BOX-DELIVERY-TIMESTAMP": at}, event_id="evt_1")
    case("box", {"BOX-SIGNATURE-SECONDARY": b64(mac(BODY + at.encode())), "BOX-DELIVERY-TIMESTAMP": at}, name="the second key only")
    at = "2023-11-14T22:13:20.634234626Z"
    prefix = "Twitch-Eventsub-Message-"
    value = "sha256=" + mac(f"e-1{at}".encode() + BODY).hex()
    case("twitch", {prefix + "Id": "e-1", prefix + "Timestamp": at, prefix + "Signature": value}, event_id="e-1")
    text = body(webhookTimestamp=NOW * 1000, type="Issue")
    case("linear", {"Linear-Signature": mac(text).hex()}, text, event_type="Issue")
    token = "50-characters-of-no-meaning"
    fields = {"timestamp": str(NOW), "token": token, "signature": mac(f"{NOW}{token}".encode()).hex()}
    case("mailgun", {}, body(signature=fields, **{"event-data": {"event": "opened"}}), event_id=token, event_type="opened")
    fields = {**fields, "signature": "0" * 64, "parent-signature": fields["signature"]}
    case("mailgun", {}, body(signature=fields, **{"event-data": {"event": "opened"}}), name="the account above", event_id=token)
    case("gitlab", {"X-Gitlab-Token": SECRET}, made_by="as documented", name="the token")
    case("linear", {"Linear-Signature": hex_}, name="a body without a time")
    escaped = "a&amp;b &lt;c&gt; &quot;d&quot; &#039;e&#039;"
    value = b64(mac(BODY, key=b"a&b <c> \"d\" 'e'"))
    case("woocommerce", {"X-WC-Webhook-Signature": value}, keys=[escaped], name="a secret with HTML's escapes")
    worldpay = {"header": "Event-Signature", "version": "*/SHA256", "assign": "/", "encoding": "lower-hex"}
    case("custom", {"Event-Signature": f"2/SHA256/{'0' * 64},1/SHA256/{hex_}"}, signature=worldpay, name="names known by their end", several=True)
    case("okta", {"Authorization": SECRET}, made_by="as documented", name="the token")
    for provider in ("postmark", "chargebee"):
        case(provider, {"Authorization": "Basic " + b64(b"user:pass:word")}, keys=["user:pass:word"], made_by="RFC 7617", name="user and password")
    # SHA-1 counts where an endpoint asks for it.
    weak = {"algorithm": "hmac-sha1", "header": "X-Hub-Signature", "prefix": "sha1="}
    case("github", {"X-Hub-Signature": f"sha1={sha1.hex()}"}, signature=weak, name="SHA-1 asked for")
    strong = {"algorithm": "hmac-sha512", "encoding": "base64"}
    case("custom", {"X-Webhook-Signature": b64(mac(BODY, "sha512"))}, signature=strong, name="SHA-512")


def tokens():
    hash_ = b64(hashlib.sha256(BODY).digest())
    claims, header = {"request_body_sha256": hash_}, "X-FusionAuth-Signature-JWT"
    ed = kept("ed25519.pem", ed25519.Ed25519PrivateKey.generate)
    rsa = kept("rsa-2048.pem", None)
    for name, key, public_key, options in (
        ("HS256", SECRET, None, {}),
        ("HS512", SECRET * 2, None, {"algorithm": "hmac-sha512"}),
        ("RS256", rsa, public(rsa).decode(), {}),
        ("EdDSA", ed, public(ed).decode(), {"algorithm": "ed25519"}),
    ):
        token = jwt.encode(claims, key, algorithm=name, headers={"kid": "1"})
        assert jwt.decode(token, public_key or key, algorithms=[name])["request_body_sha256"] == hash_
        more = {"signature": options, "public": public_key is not None}
        case("fusionauth", {header: token}, keys=[public_key or key], made_by=version("PyJWT"), name=name, **more)
    token = jwt.encode({**claims, "exp": NOW + 1, "nbf": NOW}, SECRET, algorithm="HS256")
    case("fusionauth", {header: token}, made_by=version("PyJWT"), name="within its time")
    fields = {"alert_name": "payment_succeeded", "alert_id": "12", "email": "zo\u00eb@example.com", "amount": "9.99", "passthrough": "a b"}
    signed = phpserialize.dumps(dict(sorted(fields.items())))
    signature = b64(rsa.sign(signed, padding.PKCS1v15(), hashes.SHA1()))
    form = urllib.parse.urlencode({**fields, "p_signature": signature}).encode()
    case("paddle-classic", {}, form, keys=[public(rsa).decode()], made_by=version("phpserialize"), name="signed as documented", event_id="12", event_type="payment_succeeded")


if __name__ == "__main__":
    svix_family()
    asymmetric()
    twilios()
    libraries()
    certificates()
    formulas()
    tokens()
    text = json.dumps({"cases": CASES}, indent=1)
    (HERE / "providers.json").write_text(text + "\n")
    print(len(CASES), "cases of", len({c["provider"] for c in CASES}), "providers")
