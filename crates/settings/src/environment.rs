//! Variables that stand over the file.

use std::ops::RangeInclusive;

use ipnet::IpNet;

use crate::report::Report;
use crate::value;

/// A whole number from a variable; a bad one is a mistake of the environment. Unset and empty are the same.
pub(crate) fn whole(report: &Report<'_>, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
    let text = (report.env)(name).filter(|text| !text.trim().is_empty())?;
    let number = text.trim().parse().ok().filter(|n| range.contains(n));
    if number.is_none() {
        let (low, high) = range.into_inner();
        report.environment(format!("{name} must be a whole number from {low} to {high}, not `{text}`"));
    }
    number
}

/// Is there anything in a variable?
pub(crate) fn is_set(report: &Report<'_>, name: &str) -> bool {
    (report.env)(name).is_some_and(|text| !text.trim().is_empty())
}

/// Networks from a variable, with commas between them; each bad one is a mistake of the environment.
pub(crate) fn networks(report: &Report<'_>, name: &str) -> Vec<IpNet> {
    let listed = (report.env)(name).unwrap_or_default();
    let parts = listed.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .filter_map(|part| {
            let network = value::network_of(part);
            if network.is_none() {
                report.environment(format!("{name} names `{part}`, which is no network such as 10.0.0.0/8"));
            }
            network
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::{Settings, parse};

    fn with(file: &str, name: &'static str, value: &'static str) -> Result<Settings, String> {
        let env = move |asked: &str| (asked == name).then(|| value.to_owned());
        parse(file, "hookstream.toml", &env).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn a_database_switches_the_archive_on_unless_the_file_says_otherwise() {
        assert!(with("", "DATABASE_URL", "postgres://a/b").unwrap().archive.enabled);
        assert!(!with("", "DATABASE_URL", "").unwrap().archive.enabled);
        assert!(
            !with("[archive]\nenabled = false", "DATABASE_URL", "postgres://a/b").unwrap().archive.enabled
        );
    }

    #[test]
    fn trusted_proxies_of_the_environment_are_added_to_the_files() {
        let file = "[server]\ntrusted_proxies = [\"192.0.2.1\"]";
        let settings = with(file, "HOOKSTREAM_TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::/32").unwrap();
        let networks: Vec<String> = settings.server.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["192.0.2.1/32", "10.0.0.0/8", "2001:db8::/32"]);
        let mistakes = with(file, "HOOKSTREAM_TRUSTED_PROXIES", "10.0.0.0/8,nginx").unwrap_err();
        assert!(mistakes.contains("`nginx`"), "{mistakes}");
    }
}
