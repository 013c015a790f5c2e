//! What no template contains: text that is not escaped, styles and scripts inline, anything that a strict content
//! security policy refuses.

use super::{File, files, nothing};

/// Words that are nowhere in a template, and why.
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
    // onclick=, onload=, … : an attribute that begins with "on".
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
