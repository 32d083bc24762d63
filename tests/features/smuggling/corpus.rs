//! The requests: each hides a marker where one of its readings sees a second request.

use std::fmt;

/// A request that can be read in two ways.
#[derive(Clone)]
pub(super) struct Ambiguous {
    /// What is wrong with it.
    pub(super) what: String,
    pub(super) bytes: Vec<u8>,
}

impl fmt::Debug for Ambiguous {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)
    }
}

/// The second request.
pub(super) fn marker(number: usize) -> String {
    format!("GET /marker?{number} HTTP/1.1\r\nhost: x\r\n\r\n")
}

/// Fields that make a head ambiguous. `{all}` stands for the length of everything that comes after the head.
const FIELDS: [&str; 57] = [
    "content-length: 0\r\ncontent-length: {all}",
    "content-length: {all}\r\ncontent-length: 0",
    "content-length: 0, {all}",
    "content-length: {all}, 0",
    "content-length: -{all}",
    "content-length: +{all}",
    "content-length: 0x{all}",
    "content-length: {all}.0",
    "content-length: {all} {all}",
    "content-length: {all};",
    "content-length: \"{all}\"",
    "content-length: {all}e0",
    "content-length: {all}\u{b}",
    "content-length: {all}\0",
    "content-length:",
    "content-length: 18446744073709551615",
    "content-length: 18446744073709551616",
    "content-length: 340282366920938463463374607431768211456",
    "content-length: \u{ff11}",
    "content-length : {all}",
    "content-length\t: {all}",
    "content-length\0: {all}",
    "content-length\u{b}: {all}",
    " content-length: {all}",
    "\u{b}content-length: {all}",
    "content length: {all}",
    "content-length\r\n: {all}",
    "content-length {all}",
    ": {all}",
    "x: y\r\n content-length: {all}",
    "x: y\r\n\tcontent-length: {all}",
    "x: y\rcontent-length: {all}",
    "x: y\r\rcontent-length: {all}",
    "x: y\0content-length: {all}",
    "x: y\u{7f}",
    "transfer-encoding: xchunked",
    "transfer-encoding: chunkedx",
    "transfer-encoding: chunked, chunked",
    "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
    "transfer-encoding: chunked\r\ntransfer-encoding: identity",
    "transfer-encoding: identity\r\ntransfer-encoding: chunked",
    "transfer-encoding: identity",
    "transfer-encoding: chunked, identity",
    "transfer-encoding: gzip, chunked",
    "transfer-encoding: chunked;q=1",
    "transfer-encoding: \"chunked\"",
    "transfer-encoding: chunked,",
    "transfer-encoding: \u{b}chunked",
    "transfer-encoding: chunked\u{b}",
    "transfer-encoding: chunked\0",
    "transfer-encoding:\r\n chunked",
    "transfer-encoding: chunked\r\n , gzip",
    "transfer-encoding : chunked",
    "transfer-encoding\t: chunked",
    "\u{b}transfer-encoding: chunked",
    "transfer-encoding: xchunked\r\ncontent-length: {all}",
    "content-length: {all}\r\ntransfer-encoding: xchunked",
];

/// Request lines that nobody may answer, with the `host` that follows.
const LINES: [&str; 17] = [
    "POST /length HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked",
    "POST /length HTTP/1.0\r\nhost: x\r\ncontent-length: 0\r\ntransfer-encoding: chunked",
    "POST /length HTTP/1.1\r\ncontent-length: 0",
    "GET http://y/look HTTP/1.1\r\nhost: x",
    "GET http://x/look HTTP/1.1\r\nhost: x.y",
    "GET http://x/look HTTP/1.1",
    "GET /look HTTP/1.1\r\nhost: x\r\nhost: x",
    "GET /look HTTP/1.1\r\nhost: x, y",
    "GET /look HTTP/1.1\r\nhost: x/look",
    "GET /look HTTP/1.1\r\nhost: x\0",
    "GET /look HTTP/1.2\r\nhost: x",
    "GET /look HTTP/2.0\r\nhost: x",
    "GET /look http/1.1\r\nhost: x",
    "GET /look\0 HTTP/1.1\r\nhost: x",
    "GET /look HTTP/1.1\rhost: x",
    "GET /look\r\nhost: x",
    "GE\0T /look HTTP/1.1\r\nhost: x",
];

/// Bodies that begin as `chunked` and are not.
const CHUNKS: [&str; 26] = [
    "10000000000000000\r\n",
    "fffffffffffffffff\r\n",
    "ffffffffffffffff\r\n",
    "7fffffffffffffff\r\n",
    "-1\r\n",
    "+0\r\n\r\n",
    "0x0\r\n\r\n",
    " 0\r\n\r\n",
    "0 0\r\n\r\n",
    "\r\n",
    "g\r\n",
    "0\n\n",
    "0\r\r\n",
    "0\r\n\n",
    "0\n\r\n",
    "0;a\nb\r\n\r\n",
    "0;a\n\r\n",
    "0;a\rb\r\n\r\n",
    "0;a=\"\r\n\"\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhelloX\r\n0\r\n\r\n",
    "5\nhello\r\n0\r\n\r\n",
    "0\r\nx : y\r\n\r\n",
    "0\r\nx\r\n\r\n",
    "0\r\nx: y\0\r\n\r\n",
];

/// The bodies that a head may be followed by: nothing, an empty chunked one, and a chunk. The marker is where the next
/// request would be if the body were the one before it, and in the chunk.
fn continuations(marker: &str) -> [String; 3] {
    let chunk = format!("{:x}\r\n{marker}\r\n0\r\n\r\n", marker.len());
    [marker.to_owned(), format!("0\r\n\r\n{marker}"), format!("{chunk}{marker}")]
}

/// Heads that nobody may accept.
pub(super) fn heads() -> Vec<Ambiguous> {
    let in_fields = FIELDS.iter().map(|fields| format!("POST /length HTTP/1.1\r\nhost: x\r\n{fields}\r\n\r\n"));
    let in_lines = LINES.iter().map(|line| format!("{line}\r\n\r\n"));
    let mut all = Vec::new();
    for head in in_fields.chain(in_lines) {
        all.extend(with_continuations(&head, all.len()));
    }
    all
}

/// This head with each of its continuations, the first of which has this number.
pub(super) fn with_continuations(head: &str, number: usize) -> Vec<Ambiguous> {
    let marked = (number..).flat_map(|number| continuations(&marker(number)));
    let with = |rest: String| {
        let text = head.replace("{all}", &rest.len().to_string()) + &rest;
        Ambiguous { what: text.escape_debug().to_string(), bytes: text.into_bytes() }
    };
    marked.take(3).map(with).collect()
}

/// Chunked bodies that nobody may accept.
pub(super) fn chunks() -> Vec<Ambiguous> {
    let head = "POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut bodies: Vec<String> = CHUNKS.map(str::to_owned).to_vec();
    bodies.push(format!("0;{}\r\n\r\n", "a".repeat(20 << 10)));
    bodies.push(format!("0\r\nx: {}\r\n\r\n", "a".repeat(20 << 10)));
    let with = |(number, body): (usize, String)| {
        let text = format!("{head}{body}{}", marker(number));
        Ambiguous {
            what: body.chars().take(50).collect::<String>().escape_debug().to_string(),
            bytes: text.into_bytes(),
        }
    };
    bodies.into_iter().enumerate().map(with).collect()
}

/// Requests whose handlers do not read their bodies, which look like another request.
pub(super) fn unread() -> Vec<Ambiguous> {
    let lines = [
        "GET /look",
        "HEAD /look",
        "OPTIONS /look",
        "POST /look",
        "DELETE /look",
        "POST /nowhere",
        "POST /form",
        "POST /put?key=a",
        "TRACE /look",
        "BREW /look",
        "GET /panic",
    ];
    let fields = ["", "expect: 100-continue\r\n", "expect: 200-ok\r\n", "connection: upgrade\r\nupgrade: h2c\r\n"];
    let mut all = Vec::new();
    for line in lines {
        for field in fields {
            let marker = marker(all.len());
            let head = format!("{line} HTTP/1.1\r\nhost: x\r\n{field}");
            let large = format!("{}{marker}", "x".repeat(300_000));
            for text in [
                format!("{head}content-length: {}\r\n\r\n{marker}", marker.len()),
                format!("{head}content-length: {}\r\n\r\n{large}", large.len()),
                format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{marker}\r\n0\r\n\r\n", marker.len()),
            ] {
                let what: String = text.chars().take(150).collect();
                all.push(Ambiguous { what: what.escape_debug().to_string(), bytes: text.into_bytes() });
            }
        }
    }
    all
}
