//! Fields as JSON.

use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::limits::Budget;
use crate::{Excess, Format, FormatError};

use super::field::{Field, Place};

/// Puts a field into its place. Where a name is used both for a value and for a group, the group holds the value
/// under the empty key, whichever came first.
pub(crate) fn add(
    members: &mut Map<String, Value>,
    field: Field,
    budget: &mut Budget<'_>,
    offset: usize,
) -> Result<(), FormatError> {
    let place = Place::of(&field.name);
    let depth = place.steps.len() + usize::from(place.list);
    let affordable = budget.descend(depth).and_then(|()| spend(&place, budget));
    affordable.map_err(|excess| excess.at(Format::Form, offset))?;
    let Some((last, groups)) = place.steps.split_last() else { return Ok(()) };
    let group = groups.iter().fold(members, |members, step| group(members, step));
    put(group, last, field.value.into(), place.list);
    Ok(())
}

fn spend(place: &Place<'_>, budget: &mut Budget<'_>) -> Result<(), Excess> {
    place.steps.iter().try_for_each(|_| budget.spend())
}

/// The group of that name, made if need be.
fn group<'m>(members: &'m mut Map<String, Value>, name: &str) -> &'m mut Map<String, Value> {
    let slot = members.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if !slot.is_object() {
        let value = slot.take();
        *slot = Value::Object(Map::from_iter([(String::new(), value)]));
    }
    slot.as_object_mut().expect("made an object just above")
}

fn put(members: &mut Map<String, Value>, name: &str, value: Value, list: bool) {
    match members.entry(name) {
        Entry::Vacant(entry) => {
            entry.insert(if list { Value::Array(vec![value]) } else { value });
        }
        Entry::Occupied(mut entry) => match entry.get_mut() {
            Value::Object(group) => put(group, "", value, list),
            Value::Array(items) => items.push(value),
            first => *first = Value::Array(vec![first.take(), value]),
        },
    }
}
