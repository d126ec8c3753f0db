//! What can be wrong with a filter, said so that its author can mend it.

use crate::{Filter, Operator};

/// Why a filter can't be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FilterError {
    #[error("the field is empty; name one, such as data.object.status")]
    EmptyField,
    #[error("the field `{0}` has an empty part; write single dots between its parts, and none at its ends")]
    EmptyPart(String),
    #[error("the field has {0} characters; {max} are allowed", max = Filter::LONGEST_FIELD)]
    LongField(usize),
    #[error("the field has {0} parts; {max} are allowed", max = Filter::DEEPEST_FIELD)]
    DeepField(usize),
    #[error("`{operator}` needs {expected}, but it has no value")]
    MissingValue { operator: Operator, expected: &'static str },
    #[error("`{operator}` takes no value, but one was given ({given}); remove it")]
    NeedlessValue { operator: Operator, given: String },
    #[error("`{operator}` needs {expected}, but {given} was given")]
    WrongValue { operator: Operator, expected: &'static str, given: String },
    #[error("`{operator}` was given an empty list, which {consequence}; list at least one value")]
    EmptyList { operator: Operator, consequence: &'static str },
    #[error("`range` goes from {min} down to {max}, which no number fits; swap the two")]
    ReversedRange { min: String, max: String },
    #[error("`{operator}` was given an empty text, which is in every text; use `exists` for that")]
    EmptyText { operator: Operator },
    #[error("the text of `{operator}` has {length} characters; {longest} are allowed")]
    LongText { operator: Operator, length: usize, longest: usize },
    #[error("the regular expression is not valid: {why}{}", at(*.character))]
    BadRegex { why: String, character: Option<usize> },
    #[error(
        "the regular expression grows too large when compiled; make its repetitions smaller, or list the \
         characters that they repeat, such as [A-Za-z0-9_] for \\w"
    )]
    LargeRegex,
}

fn at(character: Option<usize>) -> String {
    character.map(|character| format!(" (at its character {character})")).unwrap_or_default()
}
