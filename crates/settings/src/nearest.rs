//! The nearest right name.

/// The candidate most like `name`, if one is near enough to be what was meant.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let wanted = plain(name);
    let limit = (wanted.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        let keys = ["enabled", "provider", "path"];
        assert_eq!(nearest("enabld", keys).as_deref(), Some("enabled"));
        assert_eq!(nearest("Provider", keys).as_deref(), Some("provider"));
        assert_eq!(nearest("zebra_crossing", keys), None);
        assert_eq!(nearest("greater-than", ["less_than", "greater_than"]).as_deref(), Some("greater_than"));
    }
}
