//! One condition on a field of the body.

use serde_json::{Value, json};

use crate::comparison::Comparison;
use crate::{FilterError, Operator};

/// A condition: field, operator, value, and what its author says of it. Made whole or not at all, so that no event
/// ever meets a filter that can't be judged.
#[derive(Debug, Clone)]
pub struct Filter {
    field: String,
    operator: Operator,
    value: Option<Value>,
    description: Option<String>,
    comparison: Comparison,
}

// === impl Filter ===

impl Filter {
    /// Characters that a field's name may have.
    pub const LONGEST_FIELD: usize = 256;
    /// Parts between dots that a field's name may have.
    pub const DEEPEST_FIELD: usize = 64;

    /// Compiles the filter. The value must be what the operator expects: see [`Operator::expects`].
    pub fn new(
        field: impl Into<String>,
        operator: Operator,
        value: Option<Value>,
        description: Option<String>,
    ) -> Result<Self, FilterError> {
        let field = field.into();
        check_field(&field)?;
        let comparison = Comparison::compile(operator, value.as_ref())?;
        Ok(Self { field, operator, value, description, comparison })
    }

    /// As it stands in the configuration.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "field": self.field,
            "operator": self.operator,
            "value": self.value,
            "description": self.description,
        })
    }

    /// The dotted path, as `formats::lookup` reads it.
    pub fn field(&self) -> &str {
        &self.field
    }

    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// What the field is compared with; `None` for `exists` and `not_exists`.
    pub fn value(&self) -> Option<&Value> {
        self.value.as_ref()
    }

    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The field's value in this body.
    pub fn find<'v>(&self, body: &'v Value) -> Option<&'v Value> {
        formats::lookup(body, &self.field)
    }

    /// Does this body fulfil the condition?
    pub fn passes(&self, body: &Value) -> bool {
        self.comparison.passes(self.find(body))
    }
}

fn check_field(field: &str) -> Result<(), FilterError> {
    if field.trim().is_empty() {
        return Err(FilterError::EmptyField);
    }
    let length = field.chars().count();
    if length > Filter::LONGEST_FIELD {
        return Err(FilterError::LongField(length));
    }
    if field.split('.').any(str::is_empty) {
        return Err(FilterError::EmptyPart(field.to_owned()));
    }
    let parts = field.split('.').count();
    if parts > Filter::DEEPEST_FIELD { Err(FilterError::DeepField(parts)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
