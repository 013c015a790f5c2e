//! HTML as an indented tree, with one element per line, sorted attributes and folded space.
//! Layout changes of a template do not affect it; visible changes do. A `~` marks a word that
//! touches an element without a space between them.

use ego_tree::NodeRef;
use scraper::{ElementRef, Html, Node};

/// Elements within a sentence, around which a space is visible.
const IN_A_SENTENCE: [&str; 9] = ["a", "b", "bdi", "code", "em", "i", "kbd", "strong", "time"];

/// Elements and classes whose text keeps its white space.
const AS_WRITTEN: [&str; 3] = ["pre", "textarea", "note-text"];

/// IDs of elements with a secret that is new each time.
const SECRET: [&str; 2] = ["codes", "secret"];

/// Attribute of a template that contains a part for another place of the page.
const FOR_ELSEWHERE: &str = "hx=\"partial\"";

/// Returns the lines of an element and everything in it.
pub fn lines_of(element: ElementRef<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    print(*element, 0, &mut lines);
    lines
}

/// Returns the lines of each top-level node of a fragment.
pub fn parts(html: &str) -> Vec<Vec<String>> {
    // Like htmx, parse inside a template: table rows stay rows, and each partial is a template of
    // its own.
    let html = html.replace("<hx-partial", "<template hx=\"partial\"");
    let html = html.replace("</hx-partial>", "</template>");
    let page = Html::parse_fragment(&format!("<template>{html}</template>"));
    let holder = page.tree.nodes().find(
        |node| matches!(node.value(), Node::Element(element) if element.name() == "template"),
    );
    let Some(holder) = holder else {
        return Vec::new();
    };
    let top: Vec<_> = inside(holder).collect();
    let mut parts = Vec::new();
    for node in top {
        let mut lines = Vec::new();
        print(node, 0, &mut lines);
        if !lines.is_empty() {
            parts.push(lines);
        }
    }
    parts
}

/// Returns the children of a node. A template's content counts as its children.
fn inside(node: NodeRef<'_, Node>) -> impl Iterator<Item = NodeRef<'_, Node>> {
    node.children().flat_map(|child| match child.value() {
        Node::Fragment => child.children().collect::<Vec<_>>(),
        _ => vec![child],
    })
}

fn print(node: NodeRef<'_, Node>, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match node.value() {
        Node::Text(_) => {
            let text = text_of(node);
            if !text.is_empty() {
                lines.push(format!("{indent}{text}"));
            }
        }
        Node::Element(element) if element.name() == "svg" => {
            lines.push(format!("{indent}{}", drawing(node)));
        }
        Node::Element(element) => {
            let tag = tag_of(node);
            let children: Vec<_> = inside(node).filter(|child| !is_blank(*child)).collect();
            match children.as_slice() {
                [only] if element.name() == "noscript" && only.value().is_text() => {
                    lines.push(format!("{indent}{tag}"));
                    let deeper = "  ".repeat(depth + 1);
                    let text = only.value().as_text().map_or("", |text| &**text);
                    lines.extend(
                        parts(text)
                            .into_iter()
                            .flatten()
                            .map(|line| format!("{deeper}{line}")),
                    );
                }
                [only] if only.value().is_text() => {
                    lines.push(format!("{indent}{tag} {}", text_of(*only)));
                }
                _ => {
                    lines.push(format!("{indent}{tag}"));
                    let shown = if element.name() == "datalist" {
                        CHOICES
                    } else {
                        children.len()
                    };
                    for child in children.iter().take(shown) {
                        print(*child, depth + 1, lines);
                    }
                    if let Some(more @ 1..) = children.len().checked_sub(shown) {
                        lines.push(format!("{indent}  … and {more} more"));
                    }
                }
            }
        }
        _ => {}
    }
}

fn is_blank(node: NodeRef<'_, Node>) -> bool {
    match node.value() {
        Node::Text(text) => text.trim().is_empty() && !is_as_written(node),
        Node::Comment(_) => true,
        _ => false,
    }
}

fn is_as_written(node: NodeRef<'_, Node>) -> bool {
    let parent = node.parent().and_then(ElementRef::wrap);
    parent.is_some_and(|parent| {
        let class = parent.attr("class").unwrap_or_default();
        [parent.value().name(), class]
            .iter()
            .any(|name| AS_WRITTEN.contains(name))
    })
}

fn text_of(node: NodeRef<'_, Node>) -> String {
    let text = node.value().as_text().map_or("", |text| &**text);
    let id = node
        .parent()
        .and_then(ElementRef::wrap)
        .and_then(|parent| parent.attr("id"));
    if id.is_some_and(|id| SECRET.contains(&id)) {
        return "[secret]".to_owned();
    }
    if is_as_written(node) {
        return format!("{text:?}");
    }
    let folded = folded(text);
    if folded.is_empty() {
        return folded;
    }
    let touches = |beside: Option<NodeRef<'_, Node>>, blank: bool| {
        !blank
            && beside
                .and_then(ElementRef::wrap)
                .is_some_and(|beside| IN_A_SENTENCE.contains(&beside.value().name()))
    };
    let before = touches(node.prev_sibling(), text.starts_with(char::is_whitespace));
    let after = touches(node.next_sibling(), text.ends_with(char::is_whitespace));
    format!(
        "{}{folded}{}",
        if before { "~" } else { "" },
        if after { "~" } else { "" }
    )
}

/// Folds white space to one space. Makes the marks that isolate a name's direction visible.
pub fn folded(text: &str) -> String {
    let text = text.replace('\u{2068}', "⟨").replace('\u{2069}', "⟩");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Maximum number of choices that are shown of a list.
const CHOICES: usize = 5;

/// Returns an icon's name. Other drawings appear as their tag and bars, without paths.
fn drawing(node: NodeRef<'_, Node>) -> String {
    let elements = || node.descendants().skip(1).filter_map(ElementRef::wrap);
    let icon = elements().find_map(|element| element.attr("href"));
    if let Some(icon) = icon {
        let name = icon.rsplit('#').next().unwrap_or(icon);
        let class = ElementRef::wrap(node)
            .and_then(|svg| svg.attr("class"))
            .unwrap_or_default();
        return if class == "icon" {
            format!("<icon {name}>")
        } else {
            format!("<icon {name} class=\"{class}\">")
        };
    }
    if ElementRef::wrap(node).and_then(|svg| svg.attr("class")) == Some("qr") {
        return "<svg class=\"qr\">".to_owned();
    }
    let bars: Vec<String> = elements()
        .filter(|element| element.value().name() == "rect")
        .map(|element| tag_of(*element))
        .collect();
    [vec![tag_of(node)], bars].concat().join(" ")
}

fn tag_of(node: NodeRef<'_, Node>) -> String {
    let Some(element) = ElementRef::wrap(node) else {
        return String::new();
    };
    let mut attributes: Vec<String> = element
        .value()
        .attrs()
        .map(|(name, value)| match (name, value) {
            (name, "") => name.to_owned(),
            // It differs from database to database.
            ("data-since", _) => "data-since".to_owned(),
            ("value" | "content", value) => format!("{name}={value:?}"),
            (name, value) => format!("{name}=\"{}\"", plain_asset(&folded(value))),
        })
        .collect();
    attributes.sort();
    let name = element.value().name();
    let name = if attributes.contains(&FOR_ELSEWHERE.to_owned()) {
        "hx-partial"
    } else {
        name
    };
    attributes.retain(|attribute| attribute != FOR_ELSEWHERE);
    let mut parts = vec![name.to_owned()];
    parts.append(&mut attributes);
    format!("<{}>", parts.join(" "))
}

/// Returns the address of a static file without its content hash.
fn plain_asset(value: &str) -> String {
    if !value.starts_with("/static/") {
        return value.to_owned();
    }
    let parts: Vec<&str> = value.split('.').collect();
    let is_hash = |part: &str| {
        part.len() >= 8
            && part
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    let kept: Vec<&str> = parts.into_iter().filter(|part| !is_hash(part)).collect();
    kept.join(".")
}

#[test]
fn the_tree_shows_what_is_seen_and_not_how_it_is_written() {
    let one = "<p  id=b class='x\n y'>It is <b>new</b>. <time>Now</time></p>";
    let other = "\n<p class=\"x y\"\n id=b>\n  It   is <b>new</b>.\n  <time>Now</time>\n</p>\n";
    let lines = parts(one).concat();
    assert_eq!(
        lines,
        [
            "<p class=\"x y\" id=\"b\">",
            "  It is",
            "  <b> new",
            "  ~.",
            "  <time> Now",
        ]
    );
    assert_eq!(lines, parts(other).concat());
    assert_ne!(lines, parts(&other.replace("</b>.", "</b> .")).concat());
    let row = "<tr><td>1</td></tr><hx-partial hx-target=x><form><b>2</b></form></hx-partial>";
    let lines = [
        "<tr>",
        "  <td> 1",
        "<hx-partial hx-target=\"x\">",
        "  <form>",
        "    <b> 2",
    ];
    assert_eq!(parts(row).concat(), lines);
    let icon = "<svg class=icon><use href='/static/icons.0123abcd.svg#clock'/></svg><noscript><i>a</i></noscript>";
    assert_eq!(
        parts(icon).concat(),
        ["<icon clock>", "<noscript>", "  <i> a"]
    );
    assert_eq!(
        plain_asset("/static/css/base.d1a3b5c7d9.css"),
        "/static/css/base.css"
    );
}
