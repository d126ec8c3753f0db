//! The XML reader's errors in our own words: its own repeat what was sent.

use quick_xml::Error;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::attributes::AttrError;

pub(crate) fn of(error: &Error) -> &'static str {
    match error {
        Error::Syntax(error) => of_syntax(*error),
        Error::IllFormed(error) => of_shape(error),
        Error::InvalidAttr(error) => of_attribute(error),
        Error::Encoding(_) => "it is not UTF-8",
        Error::Io(_) | Error::Escape(_) | Error::Namespace(_) => "it can't be read",
    }
}

pub(crate) fn of_attribute(error: &AttrError) -> &'static str {
    match error {
        AttrError::ExpectedEq(_) | AttrError::ExpectedValue(_) => "an attribute has no value",
        AttrError::UnquotedValue(_) => "an attribute's value is not in quotes",
        AttrError::ExpectedQuote(..) => "an attribute's value has no closing quote",
        AttrError::Duplicated(..) => "an element has two attributes of one name",
    }
}

fn of_syntax(error: SyntaxError) -> &'static str {
    match error {
        SyntaxError::InvalidBangMarkup => "`<!` begins neither a comment nor a CDATA section",
        SyntaxError::UnclosedPI => "a processing instruction has no `?>`",
        SyntaxError::UnclosedXmlDecl => "its declaration has no `?>`",
        SyntaxError::UnclosedComment => "a comment has no `-->`",
        SyntaxError::UnclosedDoctype => "it has a DOCTYPE, which is never accepted",
        SyntaxError::UnclosedCData => "a CDATA section has no `]]>`",
        SyntaxError::UnclosedTag => "a tag has no `>`",
        SyntaxError::UnclosedSingleQuotedAttributeValue | SyntaxError::UnclosedDoubleQuotedAttributeValue => {
            "an attribute's value has no closing quote"
        }
    }
}

fn of_shape(error: &IllFormedError) -> &'static str {
    match error {
        IllFormedError::MissingDeclVersion(_) => "its declaration does not begin with a version",
        IllFormedError::UnknownVersion => "its version is not 1.0",
        IllFormedError::MissingDoctypeName => "it has a DOCTYPE, which is never accepted",
        IllFormedError::MissingEndTag(_) => "an element is not closed",
        IllFormedError::UnmatchedEndTag(_) => "a closing tag closes nothing",
        IllFormedError::MismatchedEndTag { .. } => "a closing tag is not that of the element that is open",
        IllFormedError::DoubleHyphenInComment => "a comment contains `--`",
        IllFormedError::UnclosedReference => "`&` begins no reference; write `&amp;`",
    }
}
