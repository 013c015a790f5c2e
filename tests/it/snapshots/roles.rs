//! One text for the answers to several roles.
//! It contains the strongest role's answer in full, and the differences of the others.

use reseller_portal::domain::role::Role;
use similar::{ChangeTag, TextDiff};

/// Names roles with the same answer together. Shows other groups as differences from the first.
pub fn compared(answers: &[(Role, Vec<String>)]) -> String {
    let mut groups: Vec<(Vec<&str>, &[String])> = Vec::new();
    for (role, lines) in answers {
        match groups.iter_mut().find(|(_, other)| other == lines) {
            Some((roles, _)) => roles.push(role.as_str()),
            None => groups.push((vec![role.as_str()], lines)),
        }
    }
    let Some(((roles, first), others)) = groups.split_first() else {
        return String::new();
    };
    let mut text = format!("=== {}\n{}\n", roles.join(", "), first.join("\n"));
    for (roles, lines) in others {
        text.extend(["=== ", &roles.join(", "), "\n"]);
        let other = lines.join("\n") + "\n";
        if lines
            .first()
            .is_some_and(|status| status.starts_with("403"))
        {
            text += "403 Forbidden\n";
        } else if lines.first() == first.first() {
            text += &difference(&(first.join("\n") + "\n"), &other);
        } else {
            text += &other;
        }
    }
    text
}

/// Returns the differing lines, each with some context.
/// Leaves out line numbers, which change with every line above.
fn difference(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut text = String::new();
    for group in diff.grouped_ops(1) {
        text += "@@\n";
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            text.push(sign);
            text += change.value();
        }
    }
    text
}

#[test]
fn roles_with_the_same_answer_stand_together_and_others_are_told_as_a_difference() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let all = [
        (Role::Owner, lines("200 OK\na\nb\nc\nd")),
        (Role::Admin, lines("200 OK\na\nb\nc\nd")),
        (Role::Manager, lines("200 OK\na\nb\nd")),
        (Role::Viewer, lines("403 Forbidden\nx")),
    ];
    let text = "=== owner, admin\n200 OK\na\nb\nc\nd\n=== manager\n@@\n b\n-c\n d\n=== viewer\n403 Forbidden\n";
    assert_eq!(compared(&all), text);
}
