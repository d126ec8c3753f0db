//! Whatever stands in the file, it is read or its mistakes have places.

use proptest::prelude::*;
use settings::EXAMPLE;

fn has_places(text: &str) -> Result<(), TestCaseError> {
    let Err(mistakes) = settings::parse(text, "f", &|_| None) else { return Ok(()) };
    let lines = text.matches('\n').count() + 1;
    prop_assert!(!mistakes.is_empty());
    for mistake in &mistakes {
        prop_assert!(mistake.line >= 1 && mistake.line <= lines && mistake.column >= 1, "{mistake}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_at_all(text in "(?s).{0,200}") {
        has_places(&text)?;
    }

    #[test]
    fn the_example_with_a_piece_torn_out(from in 0..EXAMPLE.len(), length in 1..40usize, put in "[\\[\\]{}=,.\"'a0\\n#ü]{0,3}") {
        let from = EXAMPLE.floor_char_boundary(from);
        let to = EXAMPLE.floor_char_boundary((from + length).min(EXAMPLE.len()));
        has_places(&format!("{}{put}{}", &EXAMPLE[..from], &EXAMPLE[to..]))?;
    }
}

#[test]
fn the_examples_of_the_page_are_right() {
    let page = include_str!("../../../../docs/configuration.md");
    let examples: Vec<_> =
        page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 2);
    for example in examples {
        let env = |name: &str| {
            (name == "ALERT_WEBHOOK" || name == "PARTNER_SECRET").then(|| "https://example.com/".to_owned())
        };
        settings::parse(example, "example", &env).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    }
}
