//! Many short texts in one string, which is searched in one pass.
//! A call for each of 100,000 texts would take longer than reading them.

use fixedbitset::FixedBitSet;
use memchr::memchr_iter;
use memchr::memmem::Finder;

use super::row::{RowId, to_u32};

/// End of each part of a line.
/// No typed or stored text contains it, so no match spans two parts.
const SEPARATOR: char = '\0';
/// Owner of a replaced line.
const TOMBSTONE: RowId = RowId::MAX;

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    owner: RowId,
}

impl Span {
    fn mark_in(self, found: &mut FixedBitSet) {
        if self.owner != TOMBSTONE {
            found.insert(self.owner as usize);
        }
    }
}

/// Texts in one string. Each line belongs to one account.
#[derive(Debug)]
pub(super) struct TextArena {
    text: String,
    /// Lines in the order of the text.
    spans: Vec<Span>,
    /// Number of bytes that belong to replaced lines.
    wasted_bytes: usize,
    /// Count of each byte value in the text, including replaced lines.
    /// The rows "search, rare" and "search, nothing" of `benches/browsing.rs` depend on it.
    bytes: [u32; 256],
}

/// Text to search for.
struct Needle<'a> {
    bytes: &'a [u8],
    /// Byte of the needle that is rarest in the text.
    /// `rarest_offset` is its position in the needle.
    rarest_byte: u8,
    rarest_offset: usize,
    /// First eight bytes of the needle as a number. `prefix_mask` marks those that exist.
    /// Comparing numbers rules out most positions without a call that compares slices. This serves
    /// "search, common" of `benches/browsing.rs`.
    prefix: u64,
    prefix_mask: u64,
}

impl<'a> Needle<'a> {
    /// Returns `None` if the needle is empty or has a byte that no line has.
    fn new(needle: &'a str, times: &[u32; 256]) -> Option<Self> {
        let bytes = needle.as_bytes();
        let times = |(_, byte): &(usize, &u8)| times[usize::from(**byte)];
        let rarest = bytes.iter().enumerate().min_by_key(times)?;
        let (offset, rarest) = Some(rarest).filter(|rarest| times(rarest) > 0)?;
        let (mut head, mut mask) = ([0; 8], [0; 8]);
        for (at, byte) in bytes.iter().take(8).enumerate() {
            (head[at], mask[at]) = (*byte, u8::MAX);
        }
        Some(Self {
            bytes,
            rarest_byte: *rarest,
            rarest_offset: offset,
            prefix: u64::from_le_bytes(head),
            prefix_mask: u64::from_le_bytes(mask),
        })
    }

    /// Finds the needle in the line of this many bytes at the start of `text`.
    /// First checks the distances from start and end at which another line had it.
    fn find_in_span(
        &self,
        text: &[u8],
        length: usize,
        (before, after): (usize, usize),
    ) -> Option<usize> {
        let is_at = |at: &usize| self.is_prefix_of(text.get(*at..).unwrap_or_default());
        // The needle contains no separator, so a match lies within one line.
        let near = Some(before).filter(|at| *at < length && is_at(at));
        near.or_else(|| length.checked_sub(after).filter(is_at))
            .or_else(|| {
                let mut places = memchr_iter(self.rarest_byte, &text[..length])
                    .filter_map(|at| at.checked_sub(self.rarest_offset));
                places.find(is_at)
            })
    }

    fn is_prefix_of(&self, text: &[u8]) -> bool {
        match text.first_chunk() {
            Some(eight) => {
                u64::from_le_bytes(*eight) & self.prefix_mask == self.prefix
                    && (self.bytes.len() <= eight.len() || text.starts_with(self.bytes))
            }
            None => text.starts_with(self.bytes),
        }
    }
}

impl Default for TextArena {
    fn default() -> Self {
        Self {
            text: String::new(),
            spans: Vec::new(),
            wasted_bytes: 0,
            bytes: [0; 256],
        }
    }
}

impl TextArena {
    /// Returns an empty arena with reserved memory.
    /// The memory is for `lines` lines of `parts` parts each, which have `bytes` bytes in total.
    pub fn with_capacity(lines: usize, parts: usize, bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes + lines * parts * SEPARATOR.len_utf8()),
            spans: Vec::with_capacity(lines),
            ..Self::default()
        }
    }

    /// Appends a line and returns its start.
    /// A separator byte follows each part.
    pub fn push(&mut self, of: RowId, parts: &[&str]) -> u32 {
        let start = to_u32(self.text.len());
        self.spans.push(Span { start, owner: of });
        for part in parts {
            self.text.push_str(part);
            self.text.push(SEPARATOR);
            for byte in part.bytes() {
                self.bytes[usize::from(byte)] += 1;
            }
        }
        start
    }

    /// Removes the line that starts here, so that searches no longer find it.
    pub fn remove(&mut self, start: u32) {
        let Ok(at) = self.spans.binary_search_by_key(&start, |line| line.start) else {
            return;
        };
        self.wasted_bytes += self.span_bytes(at).len();
        self.spans[at].owner = TOMBSTONE;
    }

    /// Returns a part of the text.
    pub fn slice(&self, start: u32, length: u32) -> &str {
        let start = start as usize;
        self.text
            .get(start..start + length as usize)
            .unwrap_or_default()
    }

    /// Returns the parts of the line that starts here, followed by those of later lines.
    pub fn parts(&self, start: u32) -> impl Iterator<Item = &str> {
        let rest = self.text.get(start as usize..).unwrap_or_default();
        rest.split(SEPARATOR)
    }

    /// Returns a line by its number, without its last separator.
    /// For a line with one part, this is the whole text.
    pub fn span_text(&self, line: usize) -> &str {
        let (start, end) = (self.span_start(line), self.span_start(line + 1));
        self.text
            .get(start..end - SEPARATOR.len_utf8())
            .unwrap_or_default()
    }

    fn span_start(&self, line: usize) -> usize {
        self.spans
            .get(line)
            .map_or(self.text.len(), |line| line.start as usize)
    }

    fn span_bytes(&self, line: usize) -> &[u8] {
        &self.text.as_bytes()[self.span_start(line)..self.span_start(line + 1)]
    }

    /// Adds the owners of the lines that contain the needle. An empty needle finds nothing.
    pub fn search(&self, needle: &str, found: &mut FixedBitSet) {
        let Some(needle) = Needle::new(needle, &self.bytes) else {
            return;
        };
        let finder = Finder::new(needle.bytes);
        let text = self.text.as_bytes();
        let mut line = 0;
        while let Some(at) = finder.find(&text[self.span_start(line)..]) {
            let at = self.span_start(line) + at;
            line = self.span_at(line, at);
            self.spans[line].mark_in(found);
            let mut start = self.span_start(line + 1);
            let mut near = (at - self.span_start(line), start - at);
            line += 1;
            // The next line often matches too, and checking one line costs less than `find`.
            while line < self.spans.len() {
                let length = self.span_start(line + 1) - start;
                let Some(at) = needle.find_in_span(&text[start..], length, near) else {
                    break;
                };
                self.spans[line].mark_in(found);
                near = (at, length - at);
                start += length;
                line += 1;
            }
            // The last line checked does not match.
            line = (line + 1).min(self.spans.len());
        }
    }

    /// Returns the line, at or after `from`, that contains the position `at`.
    /// Searches nearby first, because most matches are close to the previous one.
    fn span_at(&self, mut from: usize, at: usize) -> usize {
        let mut step = 1;
        while from + step < self.spans.len() && self.span_start(from + step) <= at {
            from += step;
            step *= 2;
        }
        let upto = (from + step).min(self.spans.len());
        from + self.spans[from + 1..upto].partition_point(|line| line.start as usize <= at)
    }

    /// Rewrites the text without replaced lines, once they are a third of it.
    /// Does nothing below one megabyte of replaced lines. Returns `true` if it rewrote the text.
    /// Every line then has a new start.
    pub fn compact(&mut self) -> bool {
        if self.wasted_bytes < 1 << 20 || self.wasted_bytes * 3 < self.text.len() {
            return false;
        }
        let mut tidy =
            Self::with_capacity(self.spans.len(), 0, self.text.len() - self.wasted_bytes);
        for (at, line) in self
            .spans
            .iter()
            .enumerate()
            .filter(|(_, line)| line.owner != TOMBSTONE)
        {
            tidy.push(line.owner, &[self.span_text(at)]);
        }
        *self = tidy;
        true
    }

    /// Returns the owner and the start of each line.
    pub fn owner_starts(&self) -> impl Iterator<Item = (RowId, u32)> {
        let lines = self.spans.iter().filter(|line| line.owner != TOMBSTONE);
        lines.map(|line| (line.owner, line.start))
    }
}

#[cfg(test)]
mod tests {
    use fixedbitset::FixedBitSet;
    use proptest::prelude::*;

    use super::TextArena;

    proptest! {
        #[test]
        fn a_search_finds_what_is_in_each_account_s_latest_line_and_nothing_else(
            texts in prop::collection::vec(("[abé ]{0,6}", "[ab.]{0,4}"), 1..20),
            replaced in prop::collection::vec((any::<prop::sample::Index>(), "[abé]{0,6}", "[ab.]{0,4}"), 0..20),
            needle in "[abé. ]{1,3}",
        ) {
            let mut lines = TextArena::default();
            let mut kept: Vec<(u32, String, String)> = Vec::new();
            for (of, (name, email)) in (0..).zip(texts) {
                kept.push((lines.push(of, &[&name, &email]), name, email));
            }
            for (which, name, email) in replaced {
                let of = which.index(kept.len());
                lines.remove(kept[of].0);
                kept[of] = (lines.push(u32::try_from(of).unwrap(), &[&name, &email]), name, email);
            }
            let mut found = FixedBitSet::with_capacity(kept.len());
            lines.search(&needle, &mut found);
            let expected = kept.iter().enumerate();
            let expected = expected.filter(|(_, (_, name, email))| name.contains(&needle) || email.contains(&needle));
            prop_assert_eq!(found.ones().collect::<Vec<_>>(), expected.map(|(of, _)| of).collect::<Vec<_>>());
        }
    }
}
