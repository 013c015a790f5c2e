//! Tags in the queries of saved views, which follow when a tag gets another name.

use url::form_urlencoded::{self, Serializer};

use crate::db::{self, Tx, views};
use crate::domain::text::folded;

/// Parameter of a tag in the address of the list.
const TAG: &str = "tag";

/// Writes the new name of a tag into all views that have the old one.
pub(super) async fn rename_tag(tx: &mut Tx, from: &str, to: &str) -> db::Result<()> {
    for (id, query) in views::queries_with(tx, TAG).await? {
        if let Some(query) = with_tag_renamed(&query, from, to) {
            views::set_query(tx, id, &query).await?;
        }
    }
    Ok(())
}

/// Returns a query with another name of a tag, or `None` if it does not have the tag.
fn with_tag_renamed(query: &str, from: &str, to: &str) -> Option<String> {
    let from = folded(from);
    let is_tag = |name: &str, value: &str| name == TAG && folded(value) == from;
    let pairs = || form_urlencoded::parse(query.as_bytes());
    if !pairs().any(|(name, value)| is_tag(&name, &value)) {
        return None;
    }
    let mut renamed = Serializer::new(String::new());
    let mut has_new = false;
    for (name, value) in pairs() {
        let value = if is_tag(&name, &value) { to } else { &value };
        // A view with both tags has the one that they became once.
        let is_new = name == TAG && value == to;
        if !(is_new && has_new) {
            renamed.append_pair(&name, value);
        }
        has_new |= is_new;
    }
    Some(renamed.finish())
}

#[cfg(test)]
mod tests {
    use super::with_tag_renamed;

    #[test]
    fn a_tag_is_renamed_in_a_query_and_everything_else_stays() {
        for (query, expected) in [
            ("q=old&status=enabled", None),
            ("tag=older", None),
            (
                "q=a%26b&tag=Old&sort=-name",
                Some("q=a%26b&tag=New+%26+co&sort=-name"),
            ),
            ("tag=o%4Cd&tag=x", Some("tag=New+%26+co&tag=x")),
            ("tag=x&tag=New+%26+co&tag=old", Some("tag=x&tag=New+%26+co")),
        ] {
            let renamed = with_tag_renamed(query, "old", "New & co");
            assert_eq!(renamed.as_deref(), expected, "{query}");
        }
    }
}
