//! Every doc begins with a noun or a verb, not with a question.

use super::{File, files, nothing};

/// First words of docs that ask a question.
const QUESTIONS: [&str; 7] = [
    "What",
    "Whether",
    "Who",
    "Whom",
    "Whose",
    "Where",
    "Of how many",
];

fn questions(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = "";
    for line in file.text.lines().map(str::trim_start) {
        let text = doc(line);
        if let Some(text) = text.filter(|_| doc(before).is_none())
            && QUESTIONS.iter().any(|word| {
                text.strip_prefix(word)
                    .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            })
        {
            found.push(format!("{}: {line}", file.path));
        }
        before = line;
    }
    found
}

/// Returns the text of a doc comment's line.
fn doc(line: &str) -> Option<&str> {
    let text = line
        .strip_prefix("///")
        .or_else(|| line.strip_prefix("//!"))?;
    Some(text.trim_start())
}

#[test]
fn no_doc_begins_with_a_question() {
    for bad in [
        "/// Whether it holds.",
        "    /// What it is.",
        "//! Where it is.",
    ] {
        assert_eq!(questions(&File::new("src/a.rs", bad)).len(), 1, "{bad}");
    }
    let good = "/// Whatever holds.\n/// Returns it.\n/// What follows is more.\n// What for?\n/// One.\n///\n/// What else.";
    assert_eq!(
        questions(&File::new("src/a.rs", good)),
        Vec::<String>::new()
    );
    nothing(&files("src", ".rs"), questions);
}
