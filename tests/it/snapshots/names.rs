//! Stable names for values that differ from run to run: IDs, tokens, hashes, Telnyx's port.

/// Names of known values.
#[derive(Clone, Default)]
pub struct Names {
    known: Vec<(String, String)>,
}

impl Names {
    /// Adds a text and its name.
    pub fn know(&mut self, text: &str, name: &str) {
        self.known.push((text.to_owned(), format!("[{name}]")));
    }

    /// Replaces known texts with their names, and numbers the others in order of appearance.
    pub fn put(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (known, name) in &self.known {
            text = text.replace(known, name);
        }
        let text = numbered(&text, "id", |text| starts_with_uuid(text).then_some(36));
        let text = numbered(&text, "hash", hash);
        numbered(&text, "token", token)
    }

    /// Replaces known texts with their names.
    /// All others of a kind get the same name. This allows comparing parts of different pages.
    pub fn put_unnumbered(&self, text: &str) -> String {
        let mut text = self.put(text);
        for kind in ["id", "hash", "token"] {
            let start = format!("[{kind} ");
            let pieces: Vec<&str> = text.split(&start).collect();
            let pieces = pieces
                .iter()
                .enumerate()
                .map(|(at, piece)| match piece.split_once(']') {
                    Some((_, rest)) if at > 0 => rest,
                    _ => piece,
                });
            text = pieces.collect::<Vec<_>>().join(&format!("[{kind}]"));
        }
        text
    }
}

/// Replaces what `length` finds at a position. The same text always gets the same number.
fn numbered(text: &str, kind: &str, length: impl Fn(&str) -> Option<usize>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let starts_word = !before.is_ascii_alphanumeric();
        let found = length(rest).filter(|_| starts_word);
        if let Some((found, after)) = found.map(|length| rest.split_at(length)) {
            let at = seen.iter().position(|other| *other == found);
            let at = at.unwrap_or_else(|| {
                seen.push(found);
                seen.len() - 1
            });
            out.extend(["[", kind, " ", &(at + 1).to_string(), "]"]);
            before = ']';
            rest = after;
        } else {
            out.push(first);
            before = first;
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

fn starts_with_uuid(text: &str) -> bool {
    text.get(..36).is_some_and(|start| {
        start.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    })
}

fn word(text: &str, belongs: impl Fn(u8) -> bool) -> &str {
    let end = text
        .bytes()
        .position(|byte| !belongs(byte))
        .unwrap_or(text.len());
    &text[..end]
}

fn hash(text: &str) -> Option<usize> {
    let word = word(text, |byte| byte.is_ascii_alphanumeric());
    let is_hash = word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(word.len())
}

/// Returns the length of a secret at the start of the text.
/// It has 32 bytes in base64, or 20 bytes as authenticator apps take it.
fn token(text: &str) -> Option<usize> {
    let word = word(text, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
    });
    let is_base32 = |byte: u8| matches!(byte, b'A'..=b'Z' | b'2'..=b'7');
    let is_base64 = word.len() == 43
        && word.bytes().any(|byte| byte.is_ascii_uppercase())
        && word.bytes().any(|byte| byte.is_ascii_lowercase());
    (is_base64 || word.len() == 32 && word.bytes().all(is_base32)).then_some(word.len())
}

#[test]
fn what_is_random_is_numbered_in_the_order_of_its_appearance() {
    let mut names = Names::default();
    names.know("01980000-0000-7000-8000-00000000000a", "account 1");
    let (one, two) = (
        "01980000-0000-7000-8000-000000000001",
        "01980000-0000-7000-8000-000000000002",
    );
    let text = format!(
        "/a/01980000-0000-7000-8000-00000000000a id=row-{two} {one} {two} {} {}",
        "aB3-_".repeat(9)[..43].to_owned(),
        "0a".repeat(32)
    );
    assert_eq!(
        names.put(&text),
        "/a/[account 1] id=row-[id 1] [id 2] [id 1] [token 1] [hash 1]"
    );
    assert_eq!(
        names.put_unnumbered(&text),
        "/a/[account 1] id=row-[id] [id] [id] [token] [hash]"
    );
}
