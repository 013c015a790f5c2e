//! Tables of both databases, as their catalogs list them. Nothing is listed by hand except what is
//! not moved, so a new table cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;

use super::TransferError;
use crate::db::Error;

/// Tables that are not moved, each with the reason.
pub const NOT_MOVED: [(&str, &str); 4] = [
    (
        "_sqlx_migrations",
        "each database has its own list of migrations",
    ),
    ("leases", "they belong to processes that have ended"),
    (
        "sweep_stage",
        "it counts changes as SQLite does; the next reading of Telnyx starts again",
    ),
    ("sweep_pages", "they belong to the unfinished reading"),
];

/// Columns that are not moved, because each database fills them by a trigger. On PostgreSQL, the
/// revision is the number of the transaction that wrote the row.
const FILLED_BY_TRIGGERS: [(&str, &str); 1] = [("accounts", "revision")];

/// Type of a column that both databases have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnType {
    Integer,
    Boolean,
    Text,
    Bytes,
    Uuid,
}

impl ColumnType {
    /// Returns the type for PostgreSQL's name of it. Returns `None` for a type that no table of the
    /// portal had so far, because SQLite has no equivalent.
    fn from_postgres(name: &str) -> Option<Self> {
        match name {
            "int8" | "int4" => Some(Self::Integer),
            "bool" => Some(Self::Boolean),
            "text" => Some(Self::Text),
            "bytea" => Some(Self::Bytes),
            "uuid" => Some(Self::Uuid),
            _ => None,
        }
    }
}

/// Column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    name: String,
    pub r#type: ColumnType,
}

/// Table that both databases have, with the columns that are moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
}

impl Table {
    /// Returns the name as SQL. It comes from the catalog.
    pub fn quoted(&self) -> String {
        quote(&self.name)
    }

    fn columns(&self, one: impl Fn(&Column) -> String) -> String {
        self.columns.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// Returns the statement that reads all rows of the source.
    pub fn source_query(&self) -> String {
        let columns = self.columns(|column| quote(&column.name));
        format!("SELECT {columns} FROM {}", self.quoted())
    }

    /// Returns the statement that reads all rows of the target, with integers of one size.
    pub fn target_query(&self) -> String {
        let columns = self.columns(|column| match column.r#type {
            ColumnType::Integer => format!("{}::bigint", quote(&column.name)),
            _ => quote(&column.name),
        });
        format!("SELECT {columns} FROM {}", self.quoted())
    }

    /// Returns the statement that writes rows to the target.
    pub fn copy_statement(&self) -> String {
        let columns = self.columns(|column| quote(&column.name));
        format!("COPY {} ({columns}) FROM STDIN", self.quoted())
    }

    pub fn error(&self, error: Error) -> TransferError {
        TransferError::Copy {
            table: self.name.clone(),
            error,
        }
    }
}

pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Columns of each table: their names, with their types on PostgreSQL.
type Catalog = BTreeMap<String, BTreeMap<String, String>>;

/// Returns the tables to move. A table comes after those that its foreign keys name.
///
/// # Errors
/// Fails with [`TransferError::Tables`] if the two databases do not have the same tables and
/// columns, or if a column has an unknown type.
pub(super) async fn matching(
    source: &mut SqliteConnection,
    target: &mut PgConnection,
) -> Result<Vec<Table>, TransferError> {
    let of_source = source_catalog(source).await;
    let of_source = of_source.map_err(|error| TransferError::Source(error.into()))?;
    let of_target = target_catalog(target).await;
    let of_target = of_target.map_err(|error| TransferError::Target(error.into()))?;
    let references = references(source).await;
    let references = references.map_err(|error| TransferError::Source(error.into()))?;
    let tables = match_tables(of_source, of_target).map_err(TransferError::Tables)?;
    Ok(in_order(tables, &references))
}

/// Returns the tables that both catalogs have, or a sentence about the first difference.
fn match_tables(source: Catalog, mut target: Catalog) -> Result<Vec<Table>, String> {
    let mut tables = Vec::new();
    for (name, columns) in source {
        let Some(of_target) = target.remove(&name) else {
            return Err(format!("only SQLite has the table {name}"));
        };
        if !columns.keys().eq(of_target.keys()) {
            return Err(format!("the table {name} has other columns"));
        }
        let mut moved = Vec::new();
        for (column, of_type) in of_target {
            if FILLED_BY_TRIGGERS.contains(&(name.as_str(), column.as_str())) {
                continue;
            }
            let Some(r#type) = ColumnType::from_postgres(&of_type) else {
                return Err(format!("{name}.{column} has the unknown type {of_type}"));
            };
            moved.push(Column {
                name: column,
                r#type,
            });
        }
        tables.push(Table {
            name,
            columns: moved,
        });
    }
    match target.keys().next() {
        Some(name) => Err(format!("only PostgreSQL has the table {name}")),
        None => Ok(tables),
    }
}

/// Sorts the tables, so that rows exist before others refer to them. A table that refers to itself
/// is written by one statement, after which PostgreSQL checks it.
fn in_order(mut left: Vec<Table>, references: &BTreeSet<(String, String)>) -> Vec<Table> {
    let mut sorted: Vec<Table> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |table: &Table| {
            left.iter().any(|other| {
                other.name != table.name
                    && references.contains(&(table.name.clone(), other.name.clone()))
            })
        };
        let (waiting, free): (Vec<_>, Vec<_>) = left.iter().cloned().partition(waits);
        if free.is_empty() {
            // A circle. PostgreSQL then says which row it misses.
            sorted.extend(waiting);
            break;
        }
        sorted.extend(free);
        left = waiting;
    }
    sorted
}

fn is_moved(table: &str) -> bool {
    NOT_MOVED.iter().all(|(name, _)| *name != table)
}

fn catalog(rows: Vec<(String, String, String)>) -> Catalog {
    let mut tables = Catalog::new();
    for (table, column, of_type) in rows {
        if is_moved(&table) {
            tables.entry(table).or_default().insert(column, of_type);
        }
    }
    tables
}

async fn source_catalog(source: &mut SqliteConnection) -> sqlx::Result<Catalog> {
    let rows = sqlx::query_as(
        "SELECT t.name, c.name, c.type FROM sqlite_master t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    );
    Ok(catalog(rows.fetch_all(source).await?))
}

async fn target_catalog(target: &mut PgConnection) -> sqlx::Result<Catalog> {
    let rows = sqlx::query_as(
        "SELECT t.table_name::text, c.column_name::text, c.udt_name::text FROM information_schema.tables t
         JOIN information_schema.columns c USING (table_schema, table_name)
         WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE'",
    );
    Ok(catalog(rows.fetch_all(target).await?))
}

/// Returns the foreign keys: each table, and the one that it refers to.
async fn references(source: &mut SqliteConnection) -> sqlx::Result<BTreeSet<(String, String)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.name, f.\"table\" FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'",
    )
    .fetch_all(source)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Returns the names of all tables of the target.
pub(super) async fn target_names(target: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name",
    )
    .fetch_all(target)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(types: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, of_type): &(&str, &str)| ((*name).to_owned(), (*of_type).to_owned());
        types.iter().map(owned).collect()
    }

    fn catalog_of(tables: &[(&str, &[(&str, &str)])]) -> Catalog {
        let named = |(name, types): &(&str, &[(&str, &str)])| ((*name).to_owned(), columns(types));
        tables.iter().map(named).collect()
    }

    #[test]
    fn a_difference_between_the_databases_is_named() {
        let one = catalog_of(&[("a", &[("id", "BIGINT")])]);
        let same = catalog_of(&[("a", &[("id", "int8")])]);
        assert_eq!(match_tables(one.clone(), same).unwrap().len(), 1);
        for (source, target, why) in [
            (one.clone(), catalog_of(&[]), "only SQLite has the table a"),
            (
                catalog_of(&[]),
                one.clone(),
                "only PostgreSQL has the table a",
            ),
            (
                one.clone(),
                catalog_of(&[("a", &[("id", "int8"), ("name", "text")])]),
                "the table a has other columns",
            ),
            (
                one,
                catalog_of(&[("a", &[("id", "jsonb")])]),
                "a.id has the unknown type jsonb",
            ),
        ] {
            assert_eq!(match_tables(source, target).unwrap_err(), why);
        }
    }

    #[test]
    fn tables_follow_those_that_they_refer_to() {
        let table = |name: &str| Table {
            name: name.to_owned(),
            columns: Vec::new(),
        };
        let refers = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let references = BTreeSet::from([refers("a", "b"), refers("b", "c"), refers("c", "c")]);
        let sorted = in_order(
            vec![table("a"), table("b"), table("c"), table("d")],
            &references,
        );
        let names: Vec<&str> = sorted.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["c", "d", "b", "a"]);
    }
}
