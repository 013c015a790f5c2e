//! Text that no template may contain.
//! It is unescaped text, inline styles and scripts, anything that a strict content security policy
//! refuses, and lines that are too long to read.

use super::{File, files, nothing};

/// Forbidden texts, each with its reason.
const NEVER: [(&str, &str); 9] = [
    ("|safe", "every text is escaped"),
    ("| safe", "every text is escaped"),
    (" style=", "styles are in static/css"),
    ("<style", "styles are in static/css"),
    ("hx-on", "behavior is in static/app.js; hx-on needs eval"),
    ("javascript:", "behavior is in static/app.js"),
    ("js:", "htmx's js: values need eval"),
    ("http://", "nothing comes from another host"),
    ("{% autoescape", "every text is escaped"),
];

fn inline(file: &File) -> Vec<String> {
    let text = file.text.to_lowercase();
    let mut found = Vec::new();
    for (word, why) in NEVER {
        if text.contains(word) {
            found.push(format!("{} has {word}: {why}", file.path));
        }
    }
    for (at, _) in text.match_indices("<script") {
        let tag = text[at..].split('>').next().unwrap_or_default();
        if !tag.contains(" src=") {
            found.push(format!(
                "{} has a script inline: behavior is in static/app.js",
                file.path
            ));
        }
    }
    // Event handlers such as `onclick=` and `onload=` are attributes that begin with "on".
    for (at, _) in text.match_indices(" on") {
        let word: String = text[at + 1..]
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect();
        let inside = text[..at]
            .rfind(['<', '>'])
            .is_some_and(|tag| text[tag..].starts_with('<'));
        if word.len() > 2 && inside && text[at + 1 + word.len()..].starts_with('=') {
            found.push(format!(
                "{} has {word}=: behavior is in static/app.js",
                file.path
            ));
        }
    }
    found
}

#[test]
fn a_template_escapes_everything_and_has_nothing_inline() {
    for bad in [
        "{{ name|safe }}",
        "<p style=\"color: red\">",
        "<script>alert(1)</script>",
        "<a class=\"x\" onclick=\"f()\">",
        "<a hx-on:click=\"f()\">",
        "<img src=\"http://example.com/a.png\">",
    ] {
        assert_eq!(
            inline(&File::new("templates/bad.html", bad)).len(),
            1,
            "{bad}"
        );
    }
    let good = "<script src=\"/a.js\" defer></script><p class=\"one\">It depends on = signs</p>";
    assert_eq!(
        inline(&File::new("templates/good.html", good)),
        Vec::<String>::new()
    );
    nothing(&files("templates", ".html"), inline);
}

fn long_lines(file: &File) -> Vec<String> {
    const LONGEST: usize = 140;
    let columns = file.text.lines().map(|line| line.chars().count());
    let numbered = columns
        .enumerate()
        .filter(|(_, columns)| *columns > LONGEST);
    numbered
        .map(|(before, columns)| {
            let line = before + 1;
            format!("{}:{line} has {columns} columns: break it", file.path)
        })
        .collect()
}

#[test]
fn a_line_of_a_template_or_a_style_sheet_has_at_most_140_columns() {
    let text = format!("<p>\n{}\n{}\n</p>", "é".repeat(140), "e".repeat(141));
    assert_eq!(
        long_lines(&File::new("templates/bad.html", &text)),
        ["templates/bad.html:3 has 141 columns: break it"]
    );
    let mut all = files("templates", ".html");
    all.extend(files("static/css", ".css"));
    nothing(&all, long_lines);
}
