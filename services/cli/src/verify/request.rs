//! The request that is judged.

use std::path::Path;

use service::Failure;

use crate::input;

/// Headers and body as they were received.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

// === impl Request ===

impl Request {
    pub(crate) fn gather(
        mut headers: Vec<(String, Vec<u8>)>,
        headers_file: Option<&Path>,
        body_file: &Path,
    ) -> Result<Self, Failure> {
        if headers_file.is_some_and(|file| file == body_file && file.as_os_str() == "-") {
            return Err(Failure::Usage(
                "only one of headers and body can come from standard input".to_owned(),
            ));
        }
        if let Some(file) = headers_file {
            let wrong = |error| Failure::Usage(format!("{}: {error}", file.display()));
            headers.extend(parse_headers(&input::read(file)?).map_err(wrong)?);
        }
        Ok(Self { headers, body: input::read(body_file)? })
    }
}

/// Reads `Name: value`, without the white space around the value.
pub(crate) fn parse_header(line: &str) -> Result<(String, Vec<u8>), String> {
    parse_line(line.as_bytes())
        .ok_or_else(|| "expected a header as `Name: value`, such as `X-Webhook-Signature: 5f2c…`".to_owned())
}

/// One header a line. A request line before them is passed over, and so are the marks of `curl -v` and empty lines.
fn parse_headers(text: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut headers = Vec::new();
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_prefix(b"> ").unwrap_or(line).trim_ascii();
        if line.is_empty() || line == b">" || is_request_line(line) {
            continue;
        }
        let header = parse_line(line);
        headers.push(header.ok_or_else(|| format!("line {} is no header (`Name: value`)", number + 1))?);
    }
    Ok(headers)
}

fn is_request_line(line: &[u8]) -> bool {
    let version = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    line.contains(&b' ') && version.starts_with(b"HTTP/")
}

fn parse_line(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = std::str::from_utf8(&line[..colon]).ok()?;
    let proper = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let whole = !name.is_empty() && name.bytes().all(proper);
    whole.then(|| (name.to_owned(), line[colon + 1..].trim_ascii().to_vec()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(name: &str, value: &str) -> (String, Vec<u8>) {
        (name.to_owned(), value.as_bytes().to_vec())
    }

    #[test]
    fn a_header_is_a_name_a_colon_and_a_value() {
        assert_eq!(parse_header("X-A: t=1,v1=ab").unwrap(), header("X-A", "t=1,v1=ab"));
        assert_eq!(parse_header("x-a:  b: c \t").unwrap(), header("x-a", "b: c"));
        assert_eq!(parse_header("x-a:").unwrap(), header("x-a", ""));
        for wrong in ["", "x-a", ": b", "x a: b", "é: b"] {
            assert!(parse_header(wrong).unwrap_err().contains("Name: value"), "{wrong:?}");
        }
    }

    #[test]
    fn headers_are_read_as_people_paste_them() {
        let plain = parse_headers(b"POST /webhook/a HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\r\n").unwrap();
        assert_eq!(plain, [header("Host", "x"), header("X-A", "1")]);
        let curl = parse_headers(b"> POST / HTTP/2\n> x-a: 1\n> \n").unwrap();
        assert_eq!(curl, [header("x-a", "1")]);
        let bytes = parse_headers(b"x-a: \xe9\n").unwrap();
        assert_eq!(bytes[0].1, b"\xe9");
        assert_eq!(parse_headers(b"a: 1\nnonsense\n").unwrap_err(), "line 2 is no header (`Name: value`)");
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_headers(&bytes);
        }

        #[test]
        fn what_is_written_is_read_back(name in "[A-Za-z-]{1,20}", value in "[!-~]([ -~]{0,30}[!-~])?") {
            prop_assert_eq!(parse_header(&format!("{name}: {value}")).unwrap(), header(&name, &value));
        }
    }
}
