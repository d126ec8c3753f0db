use serde_json::{Value, json};

use crate::{Excess, Format, FormatError, Limits, check, read};

fn view(body: &str) -> Result<Value, FormatError> {
    let limits = Limits::default();
    let tree = read(Format::Xml, body.as_bytes(), &limits);
    assert_eq!(check(Format::Xml, body.as_bytes(), &limits).err(), tree.as_ref().err().cloned());
    tree
}

#[test]
fn a_document_has_one_json_shape() {
    for (body, expected) in [
        ("<a/>", json!({"a": ""})),
        ("<a></a>", json!({"a": ""})),
        ("<a>  \n </a>", json!({"a": ""})),
        ("<a> x y </a>", json!({"a": "x y"})),
        ("<a b='1'/>", json!({"a": {"@b": "1"}})),
        ("<a b=\"1\">x</a>", json!({"a": {"@b": "1", "#text": "x"}})),
        ("<a>\n <b>1</b>\n <c/>\n</a>", json!({"a": {"b": "1", "c": ""}})),
        ("<a><b>1</b><c/><b>2</b><b z='3'/></a>", json!({"a": {"b": ["1", "2", {"@z": "3"}], "c": ""}})),
        ("<a>x<b/>y</a>", json!({"a": {"b": "", "#text": "xy"}})),
        ("<a><![CDATA[<b>&amp;]]>]]&gt;</a>", json!({"a": "<b>&amp;]]>"})),
        ("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;</a>", json!({"a": "<>&\"'A\u{1f600}"})),
        ("<a b='&lt;&#x41;\t\n\r\nz'/>", json!({"a": {"@b": "<A   z"}})),
        (
            "<n:a xmlns:n='urn:x' n:b='1'><n:c/></n:a>",
            json!({"n:a": {"@xmlns:n": "urn:x", "@n:b": "1", "n:c": ""}}),
        ),
        ("<a>1\r\n2\r3</a>", json!({"a": "1\n2\n3"})),
        ("<a>x<!-- c --><?p q?>y</a>", json!({"a": "xy"})),
        ("<?xml version=\"1.0\" encoding='utf-8'?>\n<!-- c --><?p q?>\n<é/> <!-- d -->\n", json!({"é": ""})),
        ("\u{feff}<?xml version='1.1'?><a/>", json!({"a": ""})),
        ("<a ><b c = '1' /></a >", json!({"a": {"b": {"@c": "1"}}})),
    ] {
        assert_eq!(view(body).unwrap(), expected, "{body}");
    }
}

/// Each is malformed there, for that reason, and its error repeats nothing of it.
fn refused(bodies: &[(&str, usize, &str)]) {
    for (body, offset, what) in bodies {
        let Err(error) = view(body) else { panic!("{body:?} was accepted") };
        let text = error.to_string();
        assert!(text.contains(what), "{body:?}: {text}");
        assert_eq!(error.code(), "malformed_body", "{body:?}");
        assert!(!text.contains("SECRET"), "{text}");
        assert_eq!(error.offset(), *offset, "{body:?}: {text}");
    }
}

#[test]
fn what_stands_around_the_root_is_judged() {
    refused(&[
        ("", 0, "no root element"),
        ("  <!-- c -->", 12, "no root element"),
        ("SECRET", 0, "text stands outside"),
        ("<a/>SECRET", 4, "text stands outside"),
        ("<a/>&amp;", 4, "a reference stands outside"),
        ("<![CDATA[x]]><a/>", 0, "CDATA section stands outside"),
        ("<a/><b/>", 4, "second root"),
        ("<!DOCTYPE a><a/>", 0, "DOCTYPE"),
        ("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", 0, "DOCTYPE"),
        ("<!doctype a", 0, "DOCTYPE"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", 0, "an encoding other than UTF-8; send UTF-8"),
        ("<?xml version='1.0' encoding='utf-16'?><a/>", 0, "an encoding other than UTF-8; send UTF-8"),
        ("<?xml version='2.0'?><a/>", 0, "its version is not 1.0"),
        ("<?xml encoding='utf-8'?><a/>", 0, "does not begin with a version"),
        (" <?xml version='1.0'?><a/>", 1, "does not stand at the very beginning"),
        ("<a><?xml version='1.0'?></a>", 3, "does not stand at the very beginning"),
        ("<?1p q?><a/>", 0, "no proper name"),
        ("<?XML version='1.0'?><a/>", 0, "no proper name"),
    ]);
}

#[test]
fn characters_and_references_that_xml_forbids_are_refused() {
    refused(&[
        ("<a>&SECRET;</a>", 3, "entity that is not defined"),
        ("<a>&nbsp;</a>", 3, "entity that is not defined"),
        ("<a b='&SECRET;'/>", 0, "entity that is not defined"),
        ("<a>&#0;</a>", 3, "no character of XML"),
        ("<a>&#1;</a>", 3, "no character of XML"),
        ("<a>&#xD800;</a>", 3, "no character of XML"),
        ("<a>&#xFFFE;</a>", 3, "no character of XML"),
        ("<a>&#x110000;</a>", 3, "no character of XML"),
        ("<a>&#+65;</a>", 3, "no character of XML"),
        ("<a>&#;</a>", 3, "no character of XML"),
        ("<a b='&#xFFFF;'/>", 0, "no character of XML"),
        ("<a>x & y</a>", 5, "write `&amp;`"),
        ("<a b='x & y'/>", 0, "write `&amp;`"),
        ("<a b='<'/>", 0, "write `&lt;`"),
        ("<a>]]></a>", 3, "write `]]&gt;`"),
        ("<a>\u{0}</a>", 3, "a character that XML forbids"),
        ("<a>\u{b}</a>", 3, "a character that XML forbids"),
        ("<a>é\u{ffff}</a>", 5, "a character that XML forbids"),
    ]);
}

#[test]
fn tags_and_attributes_that_xml_forbids_are_refused() {
    refused(&[
        ("<a><SECRET></a></SECRET>", 11, "not that of the element that is open"),
        ("<a></a></SECRET>", 7, "closes nothing"),
        ("<a><b></b>", 10, "before its elements are closed"),
        ("<a", 0, "a tag has no `>`"),
        ("<a><!-- x", 3, "a comment has no"),
        ("<a><!-- x -- y --></a>", 10, "contains `--`"),
        ("<a><![CDATA[x</a>", 3, "has no `]]>`"),
        ("<1a/>", 0, "an element's name"),
        ("<a/ >x</a/>", 0, "an element's name"),
        ("< a/>", 0, "an element's name"),
        ("<>x</>", 0, "an element's name"),
        ("<a b=1/>", 0, "not in quotes"),
        ("<a b/>", 0, "has no value"),
        ("<a b='1' b='2'/>", 0, "two attributes of one name"),
        ("<a b='1' b='2'></a>", 0, "two attributes of one name"),
        ("<a b='1'c='2'/>", 0, "no space between them"),
        ("<a 1b='1'/>", 0, "an attribute's name"),
    ]);
}

#[test]
fn utf16_is_refused_as_such() {
    let error = read(Format::Xml, b"\xff\xfe<\0a\0/\0>\0", &Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "the body is not valid XML: it is not UTF-8 (at byte 0)");
}

#[test]
fn sixty_four_elements_may_be_nested_and_no_more() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(view(&nested(64)).is_ok());
    assert!(view(&format!("{}<b/>{}", "<a>".repeat(63), "</a>".repeat(63))).is_ok());
    for body in [nested(65), nested(100_000), "<a>".repeat(300_000)] {
        let error = view(&body).unwrap_err();
        assert_eq!(
            error,
            FormatError::TooComplex { format: Format::Xml, what: Excess::Depth(64), offset: 192 }
        );
    }
}

#[test]
fn elements_and_attributes_are_counted() {
    let limits = Limits { max_nodes: 5, ..Limits::default() };
    assert!(read(Format::Xml, b"<a><b c='1' d='2'/><b/></a>", &limits).is_ok());
    for body in ["<a><b c='1' d='2'/><b/><b/></a>", "<a><b c='1' d='2' e='3'/><b/></a>"] {
        let error = read(Format::Xml, body.as_bytes(), &limits).unwrap_err();
        assert!(matches!(error, FormatError::TooComplex { what: Excess::Nodes(5), .. }), "{body}");
        assert_eq!(check(Format::Xml, body.as_bytes(), &limits), Err(error));
    }
    let wide = format!("<a>{}</a>", "<b/>".repeat(100_000));
    assert_eq!(view(&wide).unwrap_err().code(), "body_too_complex");
}
