//! Many short texts as one, which is searched in one go: a call for each of 100,000 texts takes longer than reading them.

use fixedbitset::FixedBitSet;
use memchr::memchr_iter;
use memchr::memmem::Finder;

use super::row::{RowId, to_u32};

/// Ends each part of a line. Neither what people type nor what is stored has it in it, so that nothing is found across.
const SEPARATOR: char = '\0';
/// Owner of a replaced span.
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

/// Lines, each of an account.
#[derive(Debug)]
pub(super) struct TextArena {
    text: String,
    /// In the order of the text.
    spans: Vec<Span>,
    /// Number of bytes that belong to replaced lines.
    wasted_bytes: usize,
    /// Count of each byte value in the text, replaced lines included. The rows "search, rare" and "search, nothing" of
    /// `benches/browsing.rs` depend on it.
    bytes: [u32; 256],
}

/// Text to search for.
struct Needle<'a> {
    bytes: &'a [u8],
    /// Its byte that is rarest in all lines, and where in it that is.
    rarest_byte: u8,
    rarest_offset: usize,
    /// Its first eight bytes as a number, and which of them there are: one comparison of numbers tells most places apart,
    /// where one of slices is a call. It serves "search, common" of `benches/browsing.rs`.
    prefix: u64,
    prefix_mask: u64,
}

impl<'a> Needle<'a> {
    /// `None` where it has a byte that no line has, or none at all.
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

    /// Finds the needle in the line that has this many bytes of the text. Looks first as far from the start, and as far
    /// from the end, as it was in another line.
    fn find_in_span(
        &self,
        text: &[u8],
        length: usize,
        (before, after): (usize, usize),
    ) -> Option<usize> {
        let is_at = |at: &usize| self.is_prefix_of(text.get(*at..).unwrap_or_default());
        // The byte between two lines is not in it: it begins and ends in one of them.
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
    /// None yet, with room for so many, each of so many parts, which are of so many bytes in all.
    pub fn with_capacity(lines: usize, parts: usize, bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes + lines * parts * SEPARATOR.len_utf8()),
            spans: Vec::with_capacity(lines),
            ..Self::default()
        }
    }

    /// Puts a line down at the end, and says where it starts; its parts follow each other with one byte between.
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

    /// Nothing is found any more in the line that starts here.
    pub fn remove(&mut self, start: u32) {
        let Ok(at) = self.spans.binary_search_by_key(&start, |line| line.start) else {
            return;
        };
        self.wasted_bytes += self.span_bytes(at).len();
        self.spans[at].owner = TOMBSTONE;
    }

    /// A part of the text.
    pub fn slice(&self, start: u32, length: u32) -> &str {
        let start = start as usize;
        self.text
            .get(start..start + length as usize)
            .unwrap_or_default()
    }

    /// A line by its number, without its last byte: all of it, where it has one part.
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

    /// Adds those in whose line the needle is; it is not empty.
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
            // Where one has it the next often has it too, and a look at one line costs less than such a call.
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
            // The last one looked at does not have it.
            line = (line + 1).min(self.spans.len());
        }
    }

    /// The line in which a place of the text is, at or after this one: most hits are near the one before.
    fn span_at(&self, mut from: usize, at: usize) -> usize {
        let mut step = 1;
        while from + step < self.spans.len() && self.span_start(from + step) <= at {
            from += step;
            step *= 2;
        }
        let upto = (from + step).min(self.spans.len());
        from + self.spans[from + 1..upto].partition_point(|line| line.start as usize <= at)
    }

    /// Writes the text anew without what belongs to nobody, once that is a third of it. Whether it did: then every line
    /// starts elsewhere.
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
