"""Makes the vectors in this folder with other people's code.

    python3 -m venv venv && venv/bin/pip install stripe slack_sdk standardwebhooks
    venv/bin/python make.py

Stripe's, Slack's and the Standard Webhooks libraries sign their own; OpenSSL's command signs for GitHub (whose
documentation also publishes one) and for the schemes of one's own. The RSA keys are throwaway keys for these
tests; they are made once and kept, so that a second run gives the same files.
"""

import base64
import datetime
import importlib.metadata
import json
import pathlib
import subprocess

import slack_sdk.signature
import standardwebhooks
import stripe

HERE = pathlib.Path(__file__).parent
NOW = 1700000000

BODIES = {
    "compact": b'{"id":"evt_1","type":"invoice.paid","data":{"amount":1999}}',
    "indented": b'{\n  "id": "evt_2",\n  "type": "charge.refunded",\n  "data": {\n    "amount": 1.50\n  }\n}\n',
    "unicode": '{"id":"evt_3","type":"customer.created","name":"Zoë 😀 — 北京"}'.encode(),
    "windows line breaks": b'{"id":"evt_4",\r\n"type":"x"}\r\n',
    "odd white space": b' {\t"id" :"evt_5" , "type": "x"} ',
    "empty": b"",
    "long": b'{"id":"evt_6","type":"x","pad":"' + b"a" * 5000 + b'"}',
    "percent signs": b"token=%7Bbody%7D&payload=%25+{timestamp}",
}


def case(name, provider, keys, headers, body, **more):
    return {
        "name": name,
        "provider": provider,
        "keys": keys,
        "headers": headers,
        "body_b64": base64.b64encode(body).decode(),
        "now": NOW,
        **more,
    }


def version(package):
    return f"{package} {importlib.metadata.version(package)}"


def openssl(*arguments, stdin=b""):
    return subprocess.run(["openssl", *arguments], input=stdin, check=True, capture_output=True).stdout


def hmac_hex(algorithm, secret, text):
    # "key:" takes the secret's text; the answer is "HMAC-SHA2-256(stdin)= …" or "SHA2-256(stdin)= …".
    return openssl("dgst", f"-{algorithm}", "-hmac", secret, stdin=text).split(b"= ")[1].strip().decode()


def write(file, made_by, cases):
    text = json.dumps({"made_by": made_by, "cases": cases}, indent=1, ensure_ascii=True)
    (HERE / file).write_text(text + "\n")


def make_stripe():
    secret = "whsec_3f1c9d0b7a5e4c2d"
    sign = stripe.WebhookSignature.generate_signature_header
    cases = [
        case(name, "stripe", [secret], {"Stripe-Signature": sign(body.decode(), secret, NOW)}, body)
        for name, body in BODIES.items()
    ]
    for case_ in cases:
        # The library itself accepts what it signed.
        body = base64.b64decode(case_["body_b64"])
        assert stripe.WebhookSignature.verify_header(body, case_["headers"]["Stripe-Signature"], secret)
    write("stripe.json", version("stripe"), cases)


def make_slack():
    secret = "8f742231b10e8888abcd99yyyzzz85a5"
    verifier = slack_sdk.signature.SignatureVerifier(secret)
    cases = [
        case(
            name,
            "slack",
            [secret],
            {
                "X-Slack-Request-Timestamp": str(NOW),
                "X-Slack-Signature": verifier.generate_signature(timestamp=str(NOW), body=body),
            },
            body,
        )
        for name, body in BODIES.items()
    ]
    write("slack.json", version("slack_sdk"), cases)


def make_standard_webhooks():
    cases = []
    for size in (24, 32, 64):
        secret = "whsec_" + base64.b64encode(bytes(range(size))).decode()
        at = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)
        for name, body in BODIES.items():
            headers = {
                "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "webhook-timestamp": str(NOW),
                "webhook-signature": standardwebhooks.Webhook(secret).sign(
                    "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body.decode()
                ),
            }
            cases.append(case(f"{name}, key of {size} bytes", "standard-webhooks", [secret], headers, body))
    write("standard-webhooks.json", version("standardwebhooks"), cases)


def make_github():
    documented = case(
        "published in GitHub's documentation",
        "github",
        ["It's a Secret to Everybody"],
        {"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
    )
    secret = "a shared secret"
    cases = [
        case(name, "github", [secret], {"X-Hub-Signature-256": f"sha256={hmac_hex('sha256', secret, body)}"}, body)
        for name, body in BODIES.items()
    ]
    write("github.json", openssl("version").split(b"  ")[0].decode().strip(), [documented, *cases])


def make_custom():
    secret, body, cases = "partner secret", BODIES["unicode"], []
    for algorithm in ("sha256", "sha1"):
        digest = hmac_hex(algorithm, secret, body)
        in_base64 = base64.b64encode(bytes.fromhex(digest)).decode()
        options = {"algorithm": f"hmac-{algorithm}"}
        spellings = {
            "hex": digest,
            "upper-case hex": digest.upper(),
            "base64": in_base64,
            "prefix and hex": f"{algorithm}={digest}",
            "long prefix and base64": f"hmac-{algorithm}={in_base64}",
        }
        for name, value in spellings.items():
            headers = {"X-Webhook-Signature": value}
            cases.append(case(f"{algorithm}, {name}", "custom", [secret], headers, body, signature=options))
    timed = {"timestamp_header": "X-Webhook-Timestamp"}
    headers = {
        "X-Webhook-Timestamp": str(NOW),
        "X-Webhook-Signature": hmac_hex("sha256", secret, f"{NOW}.".encode() + body),
    }
    cases.append(case("with a timestamp header", "custom", [secret], headers, body, signature=timed))
    full = {
        "header": "X-Acme-Sign",
        "encoding": "base64",
        "prefix": "v2,",
        "signed_content": "{id}|{timestamp}|{body}",
        "timestamp_header": "X-Acme-Time",
        "id_header": "X-Acme-Id",
    }
    digest = bytes.fromhex(hmac_hex("sha256", secret, f"e-1|{NOW}|".encode() + body))
    headers = {
        "X-Acme-Sign": "v2," + base64.b64encode(digest).decode(),
        "X-Acme-Time": str(NOW),
        "X-Acme-Id": "e-1",
    }
    cases.append(case("with every option", "custom", [secret], headers, body, signature=full))
    write("custom.json", openssl("version").split(b"  ")[0].decode().strip(), cases)


def make_rsa():
    cases = []
    for bits in (2048, 4096):
        private, public, pkcs1 = (HERE / f"rsa-{bits}.{end}" for end in ("pem", "public.pem", "public.pkcs1.pem"))
        if not private.exists():
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}", "-out", str(private))
        openssl("pkey", "-in", str(private), "-pubout", "-out", str(public))
        openssl("rsa", "-in", str(private), "-RSAPublicKey_out", "-out", str(pkcs1))
        for algorithm in ("sha256", "sha1"):
            for name, key in (("SPKI", public), ("PKCS#1", pkcs1)):
                body = BODIES["indented"]
                signature = openssl("dgst", f"-{algorithm}", "-sign", str(private), stdin=body)
                headers = {"X-Webhook-Signature": base64.b64encode(signature).decode()}
                options = {"algorithm": f"rsa-{algorithm}"}
                label = f"{bits} bits, {algorithm}, {name}"
                cases.append(case(label, "custom", [key.read_text()], headers, body, signature=options))
    openssl("rsa", "-in", str(HERE / "rsa-2048.pem"), "-traditional", "-out", str(HERE / "rsa-2048.pkcs1.pem"))
    for name, bits in (("rsa-1024", 1024),):
        private = HERE / f"{name}.pem"
        if not (HERE / f"{name}.public.pem").exists():
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}", "-out", str(private))
            openssl("pkey", "-in", str(private), "-pubout", "-out", str(HERE / f"{name}.public.pem"))
            private.unlink()
    write("rsa.json", openssl("version").split(b"  ")[0].decode().strip(), cases)


if __name__ == "__main__":
    make_stripe()
    make_slack()
    make_standard_webhooks()
    make_github()
    make_custom()
    make_rsa()
