//! Columns of a list: which ones it has, how addresses name them, and which ones are shown.

/// Value of the parameter `columns` if only the fixed columns are shown.
const NONE: &str = "none";

/// Column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column<O: 'static> {
    /// Name of the column in addresses.
    pub key: &'static str,
    /// Heading.
    pub label: &'static str,
    /// Class of the heading besides `col-` and its key; may be empty.
    pub class: &'static str,
    /// True if it is always shown, before the columns that people choose.
    pub is_fixed: bool,
    /// True if it is shown until someone chooses columns.
    pub is_default: bool,
    /// Ascending and descending order, each with its label for narrow windows. `None` if the list
    /// cannot be sorted by it.
    pub orders: Option<[(O, &'static str); 2]>,
}

impl<O: Copy> Column<O> {
    /// Creates a column that is shown until someone chooses columns.
    pub const fn new(key: &'static str, label: &'static str) -> Self {
        Self {
            key,
            label,
            class: "",
            is_fixed: false,
            is_default: true,
            orders: None,
        }
    }

    /// Shows the column always. Fixed columns come first in the list.
    pub const fn fixed(mut self) -> Self {
        self.is_fixed = true;
        self
    }

    /// Shows the column only if someone chose it.
    pub const fn optional(mut self) -> Self {
        self.is_default = false;
        self
    }

    /// Aligns the column as numbers.
    pub const fn numeric(mut self) -> Self {
        self.class = "num";
        self
    }

    /// Lets the list be sorted by the column, ascending and descending.
    pub const fn sorted(mut self, orders: [(O, &'static str); 2]) -> Self {
        self.orders = Some(orders);
        self
    }
}

/// Keys that someone chose, in their order. Fixed columns are not among them.
pub type ColumnKeys = Vec<&'static str>;

/// Reads keys between dots or commas. Also returns those that no column has.
pub fn parse_column_keys<'a, O>(
    columns: &'static [Column<O>],
    text: &'a str,
) -> (ColumnKeys, Vec<&'a str>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let keys = text.split(['.', ',']).map(str::trim);
    for key in keys.filter(|key| !key.is_empty() && *key != NONE) {
        match columns.iter().find(|column| column.key == key) {
            None => unknown.push(key),
            Some(column) if column.is_fixed || known.contains(&column.key) => {}
            Some(column) => known.push(column.key),
        }
    }
    (known, unknown)
}

/// Formats keys so that [`parse_column_keys`] can read them.
pub fn format_column_keys(keys: &[&str]) -> String {
    if keys.is_empty() {
        NONE.to_owned()
    } else {
        keys.join(".")
    }
}

/// Returns the keys of the columns that are shown until someone chooses columns.
pub fn default_column_keys<O>(columns: &'static [Column<O>]) -> ColumnKeys {
    let shown = columns.iter();
    let shown = shown.filter(|column| column.is_default && !column.is_fixed);
    shown.map(|column| column.key).collect()
}

/// Returns the columns with these keys, after the fixed ones.
pub fn columns_of<O>(columns: &'static [Column<O>], keys: &[&str]) -> Vec<&'static Column<O>> {
    let fixed = columns.iter().filter(|column| column.is_fixed);
    let chosen = keys
        .iter()
        .filter_map(|key| columns.iter().find(|column| column.key == *key));
    fixed.chain(chosen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::listing::{Filter, Param, Query};

    #[derive(Clone, Default, PartialEq, Debug)]
    struct Plain;

    impl Filter for Plain {
        type Order = ();
        const PATH: &'static str = "/plain";
        const PARAMS: &'static [Param<Self>] = &[];
        const COLUMNS: &'static [Column<()>] = &[
            Column::new("name", "Name").fixed(),
            Column::new("status", "Status"),
            Column::new("limit", "Limit").numeric(),
            Column::new("id", "ID").optional(),
        ];
    }

    fn shown(query: &str) -> Option<ColumnKeys> {
        Query::<Plain>::parse(query).columns
    }

    #[test]
    fn columns_are_read_in_their_order_once_each_and_without_the_fixed_ones() {
        assert_eq!(shown(""), None);
        assert_eq!(
            shown("columns=limit.name.status.limit"),
            Some(vec!["limit", "status"])
        );
        assert_eq!(shown("columns=id,limit"), Some(vec!["id", "limit"]));
        assert_eq!(shown("columns=none"), Some(Vec::new()));
        for query in ["columns=limit.status", "columns=none"] {
            assert_eq!(
                Query::<Plain>::parse(query).href(),
                format!("/plain?{query}")
            );
        }
    }

    #[test]
    fn a_column_that_the_list_does_not_have_is_named() {
        let query = Query::<Plain>::parse("columns=shape.limit");
        assert_eq!(query.columns, Some(vec!["limit"]));
        assert_eq!(
            query.ignored,
            ["There is no column \u{201c}shape\u{201d}: it was ignored."]
        );
        assert_eq!(shown("columns=shape"), None);
    }

    #[test]
    fn the_fixed_columns_come_first() {
        let keys = |columns: Vec<&Column<()>>| {
            let keys: Vec<_> = columns.iter().map(|column| column.key).collect();
            keys.join(" ")
        };
        assert_eq!(
            keys(columns_of(
                Plain::COLUMNS,
                &default_column_keys(Plain::COLUMNS)
            )),
            "name status limit"
        );
        assert_eq!(keys(columns_of(Plain::COLUMNS, &["id"])), "name id");
    }
}
