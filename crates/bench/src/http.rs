//! As much HTTP/1.1 as a closed loop needs: requests as bytes made once, answers read for status and length.

/// Where one response ends and what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Bytes of head and body together.
    pub length: usize,
    /// Whether the server keeps the connection.
    pub keep: bool,
}

/// The bytes of a POST; the Content-Length is added.
pub fn post(path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut request = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    request.extend(["\r\n", body]);
    request
}

/// The bytes of a GET.
pub fn get(path: &str, headers: &[(&str, &str)]) -> String {
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    request.push_str("\r\n");
    request
}

/// Reads the head of a response; `None` while it is incomplete. The body may still be on its way. The error says
/// what cannot be read: only answers with a Content-Length are, which is all the gateway sends.
pub fn answer(bytes: &[u8]) -> Result<Option<Answer>, &'static str> {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let mut lines = bytes[..head].split(|&byte| byte == b'\n');
    let status = match lines.next().and_then(|line| line.strip_prefix(b"HTTP/1.1 ")) {
        Some([a @ b'1'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', ..]) => {
            u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')
        }
        _ => return Err("the status line is not HTTP/1.1's"),
    };
    let (mut body, mut keep) = (None, true);
    for line in lines {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            body = std::str::from_utf8(value).ok().and_then(|digits| digits.parse::<usize>().ok());
        } else if name.eq_ignore_ascii_case(b"connection") {
            keep = !value.eq_ignore_ascii_case(b"close");
        }
    }
    let body = body.ok_or("the response has no Content-Length")?;
    Ok(Some(Answer { status, length: head + 4 + body, keep }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_status_length_and_whether_the_connection_is_kept() {
        let kept = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\nx: y\r\n\r\n{}";
        assert_eq!(answer(kept), Ok(Some(Answer { status: 401, length: kept.len(), keep: true })));
        let closed = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 10\r\n\r\n";
        assert_eq!(answer(closed), Ok(Some(Answer { status: 200, length: closed.len() + 10, keep: false })));
    }

    #[test]
    fn waits_for_the_whole_head_and_refuses_what_it_cannot_read() {
        assert_eq!(answer(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"), Ok(None));
        assert!(answer(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(answer(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n").is_err());
        assert!(answer(b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n").is_err());
    }

    #[test]
    fn a_post_states_its_length() {
        let expected = "POST /t HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nA: b\r\n\r\na=1";
        assert_eq!(post("/t", &[("A", "b")], "a=1"), expected);
    }
}
