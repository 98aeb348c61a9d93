//! As much of an HTTP response as the load generator has to understand.

/// What separates the head from the body.
const END: &[u8] = b"\r\n\r\n";

/// How many bytes the response has that begins here; `None` if its head is not all there yet.
pub(super) fn length(bytes: &[u8]) -> Result<Option<usize>, String> {
    let Some(head) = bytes.windows(END.len()).position(|window| window == END) else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes[..head]);
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        return Err(format!("the server answered {status:?} instead of 200"));
    }
    let body = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    };
    match lines.find_map(body) {
        Some(body) => Ok(Some(head + END.len() + body)),
        None => Err(format!("the response has no Content-Length, which is needed to find its end: {text:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::length;

    const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\ndate: today\r\n\r\nHello, World!";

    #[test]
    fn the_length_is_known_with_the_head() {
        let head = HELLO.len() - 13;
        for known in 0..=HELLO.len() {
            let expected = (known >= head).then_some(HELLO.len());
            assert_eq!(length(&HELLO[..known]), Ok(expected), "{known}");
        }
    }

    #[test]
    fn the_next_response_does_not_count() {
        assert_eq!(length(&[HELLO, HELLO].concat()), Ok(Some(HELLO.len())));
        assert_eq!(length(b"HTTP/1.1 200 OK\r\nContent-Length:0\r\n\r\n"), Ok(Some(37)));
    }

    #[test]
    fn what_is_no_hello_is_refused() {
        let error = length(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").unwrap_err();
        assert!(error.contains("503 Busy"), "{error}");
        let error = length(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").unwrap_err();
        assert!(error.contains("no Content-Length") && error.contains("chunked"), "{error}");
        assert!(length(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n").is_err());
    }
}
