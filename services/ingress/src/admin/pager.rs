//! A page of a stream's entries, as far as a filter takes them.

use serde_json::Value;
use service::Problem;
use stream::{EntryId, StoreError};

use super::guard::{store_failed, unfit};

const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// What was found, and where the next page begins if there may be one.
pub(crate) struct Found {
    pub(crate) entries: Vec<Value>,
    pub(crate) next_cursor: Option<String>,
}

/// At most so many on a page, whatever was asked for.
pub(crate) fn page_size(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE)
}

/// Where the page before ended, if there was one.
pub(crate) fn cursor(given: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(cursor) = given.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let id = cursor.strip_prefix('(').and_then(EntryId::parse);
    id.map(|_| Some(cursor.to_owned())).ok_or_else(wrong_cursor)
}

pub(crate) fn wrong_cursor() -> Problem {
    unfit("`cursor` must be the `next_cursor` of the page before.")
}

/// Up to `limit` entries from `cursor` on, oldest first. `read` reads some from a cursor on, and says where those after
/// them begin; `show` makes JSON with an `id` of those that are wanted.
pub(crate) async fn find<E>(
    mut cursor: String,
    limit: Option<usize>,
    read: impl AsyncFn(String) -> Result<(Vec<E>, Option<String>), StoreError>,
    show: impl Fn(&E) -> Option<Value>,
) -> Result<Found, Problem> {
    let limit = page_size(limit);
    let mut entries = Vec::new();
    loop {
        let (some, next) = read(cursor).await.map_err(store_failed)?;
        for entry in some.iter().filter_map(&show) {
            let end = entry["id"].as_str().map(|id| format!("({id}"));
            entries.push(entry);
            if entries.len() == limit {
                return Ok(Found { entries, next_cursor: end });
            }
        }
        match next {
            Some(further) => cursor = further,
            None => return Ok(Found { entries, next_cursor: None }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Three entries a read, numbered from 1 to 10.
    async fn read(cursor: String) -> Result<(Vec<u64>, Option<String>), StoreError> {
        let from = cursor.trim_start_matches('(').parse().unwrap_or(0);
        let some: Vec<u64> = (from + 1..=10).take(3).collect();
        let next = some.last().filter(|last| **last < 10).map(|last| format!("({last}"));
        Ok((some, next))
    }

    #[actix_web::test]
    async fn a_page_goes_on_where_the_one_before_it_ended() {
        let even = |n: &u64| n.is_multiple_of(2).then(|| json!({ "id": n.to_string() }));
        let page = async |cursor: &str, limit| {
            let found = find(cursor.to_owned(), limit, read, even).await.unwrap();
            let ids: Vec<_> = found.entries.iter().map(|entry| entry["id"].to_string()).collect();
            (ids.join(" "), found.next_cursor)
        };
        assert_eq!(page("-", Some(2)).await, (r#""2" "4""#.to_owned(), Some("(4".to_owned())));
        assert_eq!(page("(4", Some(9)).await, (r#""6" "8" "10""#.to_owned(), None));
        assert_eq!(page("(10", None).await, (String::new(), None));
        assert_eq!(page("-", Some(0)).await.0, r#""2""#, "a page has at least one");
    }
}
