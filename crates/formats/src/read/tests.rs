use proptest::prelude::*;

use crate::{Format, Limits, check, pick, read};

/// Words that make random text meet the parsers' branches.
const WORDS: [&str; 40] = [
    "<a>",
    "</a>",
    "<a/>",
    "<b x=\"1\">",
    "</b>",
    "<b x='1' y=\"&lt;\"/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#65;",
    "&#x0;",
    "&nope;",
    "<?xml version=\"1.0\"?>",
    "<?p q?>",
    "<!DOCTYPE a>",
    "text",
    " ",
    "\n",
    "&",
    "=",
    "a",
    "[",
    "]",
    "[]",
    "%41",
    "%zz",
    "%",
    "+",
    "payload=",
    "{",
    "}",
    "\"",
    ":",
    ",",
    "1",
    "\u{0}",
    "é",
    "\u{fffe}",
];

fn near_anything() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(&WORDS[..]).prop_map(|word| word.as_bytes().to_vec());
    let piece = prop_oneof![9 => word, 1 => prop::collection::vec(any::<u8>(), 0..4)];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn agree(body: &[u8]) {
    let limits = Limits { max_depth: 4, max_nodes: 12, max_pairs: 5 };
    for format in Format::ALL {
        let tree = read(format, body, &limits);
        assert_eq!(check(format, body, &limits).err(), tree.as_ref().err().cloned());
        assert_eq!(pick(format, body, &limits, &["a.b"]).err(), tree.as_ref().err().cloned());
        if let Err(error) = tree {
            assert!(error.offset() <= body.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(1_000)))]

    #[test]
    fn any_bytes_get_one_verdict_from_all_three_ways_of_reading(body: Vec<u8>) {
        agree(&body);
    }

    #[test]
    fn nearly_well_formed_bodies_do_too(body in near_anything()) {
        agree(&body);
    }

    #[test]
    fn an_error_repeats_nothing_of_the_body(before in near_anything(), after in near_anything()) {
        let body = [before, b"QXSECRETZQ".to_vec(), after].concat();
        for format in Format::ALL {
            if let Err(error) = read(format, &body, &Limits::default()) {
                let text = format!("{error} {error:?}");
                prop_assert!(!text.contains("SECRET"));
            }
        }
    }
}

#[test]
fn scalars_are_picked_from_every_format() {
    let limits = Limits::default();
    for (format, body) in [
        (Format::Json, r#"{"event":{"type":"paid","n":5}}"#),
        (Format::Xml, "<event><type>paid</type><n>5</n></event>"),
        (Format::Form, "event[type]=paid&event[n]=5"),
        (Format::Form, "payload=%7B%22event%22%3A%7B%22type%22%3A%22paid%22%2C%22n%22%3A5%7D%7D"),
    ] {
        let picked = pick(format, body.as_bytes(), &limits, &["event.type", "event.n", "event"]).unwrap();
        assert_eq!(picked, [Some("paid".to_owned()), Some("5".to_owned()), None], "{body}");
    }
}
