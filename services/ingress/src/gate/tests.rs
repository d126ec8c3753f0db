use proptest::prelude::*;

use super::*;

const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\n\r\n";

fn given(bytes: &[&[u8]]) -> Gate {
    let gate = Gate::default();
    bytes.iter().for_each(|bytes| gate.gives(bytes).unwrap());
    gate
}

#[test]
fn a_head_then_its_body_and_nothing_of_the_next_until_it_is_answered() {
    let gate = given(&[&HEAD[..10], &HEAD[10..], b"ignored"]);
    assert_eq!(gate.allows(), Allowance::Wait, "what the head announced is not known yet");
    gate.begin(Length::Known(5));
    assert_eq!(gate.allows(), Allowance::Bytes(5));
    gate.gives(b"12").unwrap();
    assert_eq!(gate.allows(), Allowance::Bytes(3));
    gate.gives(b"345").unwrap();
    assert_eq!(gate.allows(), Allowance::Wait);
    gate.answered();
    assert_eq!(gate.allows(), Allowance::Bytes(usize::MAX));
}

#[test]
fn what_came_with_the_head_counts_for_the_body_and_then_for_the_next_head() {
    let gate = given(&[&[HEAD, b"12345"].concat()]);
    gate.begin(Length::Known(5));
    assert_eq!(gate.allows(), Allowance::Wait);
    let gate = given(&[&[HEAD, b"12"].concat()]);
    gate.begin(Length::Known(5));
    assert_eq!(gate.allows(), Allowance::Bytes(3));
    let gate = given(&[&[HEAD, &[b'x'; 1000]].concat()]);
    gate.begin(Length::Known(0));
    gate.answered();
    assert_eq!(gate.gives(&[b'x'; LARGEST_HEAD - 1000]), Ok(()));
    assert_eq!(gate.gives(b"x"), Err(TooLarge::Line));
}

#[test]
fn a_head_may_have_empty_lines_before_it_and_lines_that_end_with_lf_alone() {
    for head in
        [&b"\r\n\r\nPOST / HTTP/1.1\r\n\r\n"[..], b"\n\nPOST / HTTP/1.1\n\n", b"POST / HTTP/1.1\n\r\n"]
    {
        let (last, first) = head.split_last().unwrap();
        let gate = given(&[first]);
        assert_eq!(gate.allows(), Allowance::Bytes(usize::MAX));
        gate.gives(&[*last]).unwrap();
        assert_eq!(gate.allows(), Allowance::Wait);
    }
}

#[test]
fn an_endless_body_is_given_bit_by_bit_until_it_was_read() {
    let gate = given(&[HEAD]);
    gate.begin(Length::Chunked);
    assert_eq!(gate.allows(), Allowance::Bytes(CHUNK));
    gate.gives(&[b'x'; CHUNK]).unwrap();
    assert_eq!([gate.allows(), gate.allows()], [Allowance::Pause, Allowance::Bytes(CHUNK)]);
    gate.body_is_read();
    assert_eq!(gate.allows(), Allowance::Wait);
    gate.answered();
    assert_eq!(gate.gives(&vec![b'x'; LARGEST_HEAD]), Err(TooLarge::Line), "some of it may be there already");
}

#[test]
fn the_rest_of_a_refused_body_is_no_head() {
    let gate = given(&[HEAD]);
    gate.begin(Length::Known(1_000_000));
    gate.answered();
    for _ in 0..10 {
        assert!(matches!(gate.allows(), Allowance::Bytes(_)));
        gate.gives(&[b'x'; 100_000]).unwrap();
    }
    assert_eq!(gate.gives(&vec![b'x'; LARGEST_HEAD + 1]), Err(TooLarge::Line), "a head again");
    gate.close();
    assert_eq!(gate.gives(&[b'x'; 100_000]), Ok(()));
    assert_eq!(gate.allows(), Allowance::Bytes(usize::MAX));
}

proptest! {
    /// However a head is cut into pieces, its end is found, and no more than one head is ever given.
    #[test]
    fn no_more_than_a_head_is_given_before_a_request_begins(
        cuts in proptest::collection::vec(1usize..40, 0..20),
        length in 0u64..30,
        lines in proptest::collection::vec("[a-zA-Z-]{1,9}: [a-z]{0,9}\r?\n", 0..8),
    ) {
        let head = format!("\r\nGET / HTTP/1.1\r\n{}\r\n", lines.concat());
        let rest = "b".repeat(usize::try_from(length).unwrap());
        let all = [head.as_bytes(), rest.as_bytes(), HEAD].concat();
        let (gate, mut at, mut cuts) = (Gate::default(), 0, cuts.into_iter().chain(std::iter::repeat(7)));
        let mut begun = false;
        loop {
            match gate.allows() {
                Allowance::Bytes(most) => {
                    let part = cuts.next().unwrap().min(most).min(all.len() - at);
                    gate.gives(&all[at..at + part]).unwrap();
                    at += part;
                }
                Allowance::Wait if begun => break,
                Allowance::Wait => {
                    prop_assert!(at >= head.len());
                    gate.begin(Length::Known(length));
                    begun = true;
                }
                Allowance::Pause => prop_assert!(false, "nothing here is endless"),
            }
        }
        prop_assert!(at >= head.len() + rest.len());
        prop_assert!(at < head.len() + rest.len() + 40);
    }
}

#[test]
fn a_target_that_is_too_long_is_told_from_headers_that_are_too_large() {
    let head = |first: &[u8]| {
        let gate = given(&[first]);
        gate.gives(&[b'x'; LARGEST_HEAD])
    };
    assert_eq!(head(b"POST /"), Err(TooLarge::Line));
    assert_eq!(head(b"\r\nPOST /"), Err(TooLarge::Line), "an empty line is not the first");
    assert_eq!(head(b"POST / HTTP/1.1\r\nX-A: "), Err(TooLarge::Head));
}
