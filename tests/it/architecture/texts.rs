//! Phrases that no text for people may contain.
//! Each reads as a translation, or has a plainer form: "someone" for "somebody", "email", "retry".

use super::{File, files, nothing};

/// Banned phrases, in lower case.
const BANNED: [&str; 38] = [
    "a few words more",
    "are going on",
    "asked for it",
    "at one time",
    "at their next click",
    "by now",
    "came in damaged",
    "cannot be taken",
    "does not take it",
    "e-mail",
    "goes on by itself",
    "holds together",
    "is asked for again",
    "is it you?",
    "is taken over",
    "kept nowhere",
    "look again",
    "needs another look",
    "no usual answer",
    "nobody of",
    "not told",
    "of theirs",
    "present password",
    "somebody",
    "stands in line",
    "takes effect late",
    "takes long to",
    "telnyx tells",
    "tells no",
    "the chain holds",
    "to go on",
    "was kept:",
    "what becomes of",
    "what came of",
    "what follows is",
    "what it tells",
    "whoever",
    "work no more",
];

fn banned(file: &File) -> Vec<String> {
    let lines = file.text.lines();
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    let text: Vec<&str> = code
        .map(|line| line.trim().trim_end_matches('\\'))
        .collect();
    let text = text.join(" ").to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    BANNED
        .into_iter()
        .filter(|phrase| text.contains(phrase))
        .map(|phrase| format!("{} says “{phrase}”", file.path))
        .collect()
}

#[test]
fn no_text_has_a_banned_phrase() {
    let bad = File::new(
        "src/x.rs",
        "\"Tell who\\\n   ever. Whoever runs \\\n    it.\"",
    );
    assert_eq!(banned(&bad).len(), 1);
    let split = File::new("src/x.rs", "\"They work \\\n    no more.\"");
    assert_eq!(banned(&split).len(), 1);
    let comment = File::new("src/x.rs", "// Whoever reads this.\nlet email = \"Email\";");
    assert!(banned(&comment).is_empty());
    let mut texts = files("src", ".rs");
    // The simulated Telnyx speaks as Telnyx does.
    texts.retain(|file| !file.path.starts_with("src/sandbox"));
    nothing(&texts, banned);
    nothing(&files("templates", ".html"), banned);
    nothing(&files("static", ".js"), banned);
}
