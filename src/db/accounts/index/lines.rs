//! Many short texts as one, which is searched in one go: a call for each of 100,000 texts takes longer than reading them.

use fixedbitset::FixedBitSet;
use memchr::memchr_iter;
use memchr::memmem::Finder;

use super::shelf::{Slot, size};

/// Ends each part of a line. Neither what people type nor what is stored has it in it, so that nothing is found across.
const END: char = '\0';
/// Whose a line is that was replaced.
const NOBODY: Slot = Slot::MAX;

#[derive(Clone, Copy, Debug)]
struct Line {
    start: u32,
    of: Slot,
}

impl Line {
    fn note(self, found: &mut FixedBitSet) {
        if self.of != NOBODY {
            found.insert(self.of as usize);
        }
    }
}

/// Lines, each of an account.
#[derive(Debug)]
pub(super) struct Lines {
    text: String,
    /// In the order of the text.
    all: Vec<Line>,
    /// How many bytes belong to nobody.
    wasted: usize,
    /// How often each byte is in the text, replaced lines included.
    bytes: [u32; 256],
}

/// What is looked for.
struct Needle<'a> {
    bytes: &'a [u8],
    /// Its byte that is rarest in all lines, and where in it that is.
    rarest: u8,
    offset: usize,
    /// Its first eight bytes as a number, and which of them there are: one comparison of numbers tells most places apart,
    /// where one of slices is a call.
    head: u64,
    mask: u64,
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
            rarest: *rarest,
            offset,
            head: u64::from_le_bytes(head),
            mask: u64::from_le_bytes(mask),
        })
    }

    /// Where it is in the line that has so many bytes of this text; looked for first as far from the start, and as far from
    /// the end, as in another line.
    fn place(&self, text: &[u8], length: usize, (before, after): (usize, usize)) -> Option<usize> {
        let is_at = |at: &usize| self.begins(text.get(*at..).unwrap_or_default());
        // The byte between two lines is not in it: it begins and ends in one of them.
        let near = Some(before).filter(|at| *at < length && is_at(at));
        near.or_else(|| length.checked_sub(after).filter(is_at)).or_else(|| {
            let mut places = memchr_iter(self.rarest, &text[..length]).filter_map(|at| at.checked_sub(self.offset));
            places.find(is_at)
        })
    }

    fn begins(&self, text: &[u8]) -> bool {
        match text.first_chunk() {
            Some(eight) => {
                u64::from_le_bytes(*eight) & self.mask == self.head
                    && (self.bytes.len() <= eight.len() || text.starts_with(self.bytes))
            }
            None => text.starts_with(self.bytes),
        }
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            text: String::new(),
            all: Vec::new(),
            wasted: 0,
            bytes: [0; 256],
        }
    }
}

impl Lines {
    /// None yet, with room for so many, each of so many parts, which are of so many bytes in all.
    pub fn with_room(lines: usize, parts: usize, bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes + lines * parts * END.len_utf8()),
            all: Vec::with_capacity(lines),
            ..Self::default()
        }
    }

    /// Puts a line down at the end, and says where it starts; its parts follow each other with one byte between.
    pub fn add(&mut self, of: Slot, parts: &[&str]) -> u32 {
        let start = size(self.text.len());
        self.all.push(Line { start, of });
        for part in parts {
            self.text.push_str(part);
            self.text.push(END);
            for byte in part.bytes() {
                self.bytes[usize::from(byte)] += 1;
            }
        }
        start
    }

    /// Nothing is found any more in the line that starts here.
    pub fn drop(&mut self, start: u32) {
        let Ok(at) = self.all.binary_search_by_key(&start, |line| line.start) else {
            return;
        };
        self.wasted += self.line(at).len();
        self.all[at].of = NOBODY;
    }

    /// A part of the text.
    pub fn part(&self, start: u32, length: u32) -> &str {
        let start = start as usize;
        self.text.get(start..start + length as usize).unwrap_or_default()
    }

    /// A line by its number, without its last byte: all of it, where it has one part.
    pub fn whole(&self, line: usize) -> &str {
        let (start, end) = (self.start(line), self.start(line + 1));
        self.text.get(start..end - END.len_utf8()).unwrap_or_default()
    }

    fn start(&self, line: usize) -> usize {
        self.all.get(line).map_or(self.text.len(), |line| line.start as usize)
    }

    fn line(&self, line: usize) -> &[u8] {
        &self.text.as_bytes()[self.start(line)..self.start(line + 1)]
    }

    /// Adds those in whose line the needle is; it is not empty.
    pub fn search(&self, needle: &str, found: &mut FixedBitSet) {
        let Some(needle) = Needle::new(needle, &self.bytes) else {
            return;
        };
        let finder = Finder::new(needle.bytes);
        let text = self.text.as_bytes();
        let mut line = 0;
        while let Some(at) = finder.find(&text[self.start(line)..]) {
            let at = self.start(line) + at;
            line = self.line_at(line, at);
            self.all[line].note(found);
            let mut start = self.start(line + 1);
            let mut near = (at - self.start(line), start - at);
            line += 1;
            // Where one has it the next often has it too, and a look at one line costs less than such a call.
            while line < self.all.len() {
                let length = self.start(line + 1) - start;
                let Some(at) = needle.place(&text[start..], length, near) else {
                    break;
                };
                self.all[line].note(found);
                near = (at, length - at);
                start += length;
                line += 1;
            }
            // The last one looked at does not have it.
            line = (line + 1).min(self.all.len());
        }
    }

    /// The line in which a place of the text is, at or after this one: most hits are near the one before.
    fn line_at(&self, mut from: usize, at: usize) -> usize {
        let mut step = 1;
        while from + step < self.all.len() && self.start(from + step) <= at {
            from += step;
            step *= 2;
        }
        let upto = (from + step).min(self.all.len());
        from + self.all[from + 1..upto].partition_point(|line| line.start as usize <= at)
    }

    /// Writes the text anew without what belongs to nobody, once that is a third of it. Whether it did: then every line
    /// starts elsewhere.
    pub fn tidy(&mut self) -> bool {
        if self.wasted < 1 << 20 || self.wasted * 3 < self.text.len() {
            return false;
        }
        let mut tidy = Self::with_room(self.all.len(), 0, self.text.len() - self.wasted);
        for (at, line) in self.all.iter().enumerate().filter(|(_, line)| line.of != NOBODY) {
            tidy.add(line.of, &[self.whole(at)]);
        }
        *self = tidy;
        true
    }

    /// Whose lines there are, and where they start.
    pub fn starts(&self) -> impl Iterator<Item = (Slot, u32)> {
        let lines = self.all.iter().filter(|line| line.of != NOBODY);
        lines.map(|line| (line.of, line.start))
    }
}

#[cfg(test)]
mod tests {
    use fixedbitset::FixedBitSet;
    use proptest::prelude::*;

    use super::Lines;

    proptest! {
        #[test]
        fn a_search_finds_what_is_in_each_account_s_latest_line_and_nothing_else(
            texts in prop::collection::vec(("[abé ]{0,6}", "[ab.]{0,4}"), 1..20),
            replaced in prop::collection::vec((any::<prop::sample::Index>(), "[abé]{0,6}", "[ab.]{0,4}"), 0..20),
            needle in "[abé. ]{1,3}",
        ) {
            let mut lines = Lines::default();
            let mut kept: Vec<(u32, String, String)> = Vec::new();
            for (of, (name, email)) in (0..).zip(texts) {
                kept.push((lines.add(of, &[&name, &email]), name, email));
            }
            for (which, name, email) in replaced {
                let of = which.index(kept.len());
                lines.drop(kept[of].0);
                kept[of] = (lines.add(u32::try_from(of).unwrap(), &[&name, &email]), name, email);
            }
            let mut found = FixedBitSet::with_capacity(kept.len());
            lines.search(&needle, &mut found);
            let expected = kept.iter().enumerate();
            let expected = expected.filter(|(_, (_, name, email))| name.contains(&needle) || email.contains(&needle));
            prop_assert_eq!(found.ones().collect::<Vec<_>>(), expected.map(|(of, _)| of).collect::<Vec<_>>());
        }
    }
}
