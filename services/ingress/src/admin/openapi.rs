//! `GET /admin/openapi.json`: these pages, for programs.

use actix_web::HttpResponse;
use serde_json::Value;

use super::Answer;
use super::guard::Admin;

pub(crate) async fn openapi(_: Admin) -> Answer {
    Ok(HttpResponse::Ok().json(document()))
}

fn document() -> Value {
    let mut document: Value =
        serde_json::from_str(include_str!("openapi.json")).expect("a test reads the same text");
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::pages;
    use super::*;

    #[test]
    fn every_page_is_described_and_nothing_else() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        let described: BTreeSet<String> = paths
            .iter()
            .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |key| format!("{key} {path}")))
            .filter(|operation| !operation.starts_with("parameters "))
            .collect();
        let served = pages().into_iter().flat_map(|page| {
            let methods = page.methods.into_iter().filter(|method| method != "HEAD");
            methods.map(move |method| {
                let path = page.path.replace(":.+", "");
                format!("{} /admin{path}", method.as_str().to_lowercase())
            })
        });
        assert_eq!(described, served.collect());
    }

    #[test]
    fn what_it_refers_to_is_there() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(map) => {
                    found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    map.values().for_each(|value| references(value, found));
                }
                Value::Array(list) => list.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let (document, mut found) = (document(), Vec::new());
        references(&document, &mut found);
        assert!(found.len() > 20);
        for reference in found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }
}
