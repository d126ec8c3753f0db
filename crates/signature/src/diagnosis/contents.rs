//! What text might have been signed.

use crate::{Request, Scheme, Template, urls};

use super::{
    evidence::{Evidence, Offered},
    search::Deviation,
};

/// Signed texts that are common, and who has them.
const COMMON: [(&str, &str); 7] = [
    ("{body}", "GitHub's and most others'"),
    ("{timestamp}.{body}", "Stripe's"),
    ("v0:{timestamp}:{body}", "Slack's"),
    ("{id}.{timestamp}.{body}", "Standard Webhooks'"),
    ("{timestamp}:{body}", "Paddle's"),
    ("{timestamp}{body}", "some senders'"),
    ("{body}{timestamp}", "some senders'"),
];

/// A signed text, with one choice of time, id and URL to stand in it.
pub(super) struct Content<'a> {
    pub(super) template: Template,
    pub(super) timestamp: &'a str,
    pub(super) id: &'a str,
    pub(super) url: String,
    pub(super) deviations: Vec<Deviation>,
}

/// The scheme's signed text first, then the others; each with every time and id that the request holds.
pub(super) fn variants<'a>(
    scheme: &Scheme,
    evidence: &'a Evidence,
    request: &Request<'_>,
) -> Vec<Content<'a>> {
    let own = (scheme.signed_content().clone(), None);
    let others = COMMON.iter().filter_map(|(text, whose)| {
        let template: Template = text.parse().ok()?;
        let deviation = Deviation {
            when: format!("over {text} rather than {}", scheme.signed_content()),
            mend: format!(
                "That is {whose} signed text: check the endpoint's provider, or set signed_content = \"{text}\"."
            ),
        };
        (template != *scheme.signed_content()).then_some((template, Some(deviation)))
    });
    let url = scheme.url.as_deref().unwrap_or(request.url);
    let mut all: Vec<_> =
        std::iter::once(own).chain(others).flat_map(|(t, d)| filled(&t, d.as_ref(), evidence, url)).collect();
    if scheme.signed_content().has_url() {
        for other in urls::others(url) {
            let deviation = Deviation {
                when: format!("for the URL {other} rather than {url}"),
                mend: "The sender calls another URL than the one given: set `url` in the endpoint's signature table, or \
                       mend what the proxy passes on."
                    .to_owned(),
            };
            all.extend(filled(scheme.signed_content(), Some(&deviation), evidence, &other));
        }
    }
    all
}

/// Stands where a text has no place for a time or an id.
static NONE: Offered = Offered { text: String::new(), elsewhere: None };

fn filled<'a>(
    template: &Template,
    deviation: Option<&Deviation>,
    evidence: &'a Evidence,
    url: &str,
) -> Vec<Content<'a>> {
    let choices = |wanted: bool, all: &'a [Offered]| -> Vec<&'a Offered> {
        if wanted { all.iter().take(4).collect() } else { vec![&NONE] }
    };
    let timestamps = choices(template.has_timestamp(), &evidence.timestamps);
    let ids = choices(template.has_id(), &evidence.ids);
    let pairs = timestamps.iter().flat_map(|timestamp| ids.iter().map(move |id| (*timestamp, *id)));
    pairs
        .map(|(timestamp, id)| Content {
            template: template.clone(),
            timestamp: &timestamp.text,
            id: &id.text,
            url: url.to_owned(),
            deviations: match deviation {
                // Another signed text comes with its own places.
                Some(deviation) => vec![deviation.clone()],
                None => misplaced("time", timestamp).into_iter().chain(misplaced("id", id)).collect(),
            },
        })
        .collect()
}

fn misplaced(what: &str, offered: &Offered) -> Option<Deviation> {
    offered.elsewhere.as_ref().map(|header| Deviation {
        when: format!("with the {what} in {header}"),
        mend: format!("Have the sender put the {what} where this endpoint expects it, or let the endpoint's signature table \
                       name where it stands."),
    })
}
