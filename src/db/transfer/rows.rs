//! Rows of a table: reading them from either database, writing them to PostgreSQL, and a digest
//! that is computed from both in the same way.

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, Row, Type};
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;
use uuid::Uuid;

use super::tables::{ColumnType, Table};
use crate::db::audit::hex;
use crate::db::{Result, replace_nul};

/// Number of bytes that are sent to PostgreSQL at once.
const CHUNK: usize = 64 * 1024;

/// Value of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Null,
    Integer(i64),
    Boolean(bool),
    Text(String),
    Bytes(Vec<u8>),
    Uuid(Uuid),
}

impl Value {
    /// Reads a column of a row.
    ///
    /// # Errors
    /// Fails if the stored value is not of the column's type, which SQLite does not check.
    fn read<'r, R: Row>(row: &'r R, at: usize, of_type: ColumnType) -> sqlx::Result<Self>
    where
        usize: ColumnIndex<R>,
        i64: Decode<'r, R::Database> + Type<R::Database>,
        bool: Decode<'r, R::Database> + Type<R::Database>,
        String: Decode<'r, R::Database> + Type<R::Database>,
        Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
        Uuid: Decode<'r, R::Database> + Type<R::Database>,
    {
        let value = match of_type {
            ColumnType::Integer => row.try_get::<Option<i64>, _>(at)?.map(Self::Integer),
            ColumnType::Boolean => row.try_get::<Option<bool>, _>(at)?.map(Self::Boolean),
            // PostgreSQL cannot store NUL characters. The portal replaces them when it writes there.
            ColumnType::Text => row
                .try_get::<Option<String>, _>(at)?
                .map(|text| Self::Text(replace_nul(&text))),
            ColumnType::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Self::Bytes),
            ColumnType::Uuid => row.try_get::<Option<Uuid>, _>(at)?.map(Self::Uuid),
        };
        Ok(value.unwrap_or(Self::Null))
    }

    /// Adds the value to a hash, with its type and length, so that no two rows look the same.
    fn hash(&self, hash: &mut Sha256) {
        let (tag, bytes): (u8, &[u8]) = match self {
            Self::Null => (0, &[]),
            Self::Integer(number) => (1, &number.to_be_bytes()),
            Self::Boolean(value) => (2, &[u8::from(*value)]),
            Self::Text(text) => (3, text.as_bytes()),
            Self::Bytes(bytes) => (4, bytes),
            Self::Uuid(id) => (5, id.as_bytes()),
        };
        hash.update([tag]);
        hash.update(bytes.len().to_be_bytes());
        hash.update(bytes);
    }

    /// Appends the value as the text format of `COPY` has it.
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"\\N"),
            Self::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Self::Boolean(value) => out.push(if *value { b't' } else { b'f' }),
            Self::Text(text) => {
                for byte in text.bytes() {
                    match byte {
                        b'\\' => out.extend_from_slice(b"\\\\"),
                        b'\n' => out.extend_from_slice(b"\\n"),
                        b'\r' => out.extend_from_slice(b"\\r"),
                        b'\t' => out.extend_from_slice(b"\\t"),
                        other => out.push(other),
                    }
                }
            }
            Self::Bytes(bytes) => {
                out.extend_from_slice(b"\\\\x");
                out.extend_from_slice(hex(bytes).as_bytes());
            }
            Self::Uuid(id) => out.extend_from_slice(id.to_string().as_bytes()),
        }
    }
}

/// Evaluates to the values of a row.
macro_rules! read_row {
    ($table:expr, $row:expr) => {
        $table
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| Value::read($row, at, column.r#type))
            .collect::<sqlx::Result<Vec<Value>>>()
    };
}

/// Digest of a table's rows, whatever their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TableDigest {
    rows: u64,
    /// Sum of the rows' hashes.
    sums: [u64; 4],
}

impl TableDigest {
    fn add(&mut self, row: &[Value]) {
        let mut hash = Sha256::new();
        for value in row {
            value.hash(&mut hash);
        }
        let hash = hash.finalize();
        for (sum, part) in self.sums.iter_mut().zip(hash.as_chunks::<8>().0) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*part));
        }
        self.rows += 1;
    }

    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the beginning of the checksum as hexadecimal, for people.
    pub fn checksum(&self) -> String {
        hex(&self.sums[0].to_be_bytes())
    }
}

/// Copies all rows of a table, a chunk at a time. Returns the digest of what was read.
pub(super) async fn copy(
    table: &Table,
    source: &mut SqliteConnection,
    target: &mut PgConnection,
) -> Result<TableDigest> {
    let mut digest = TableDigest::default();
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut copy = target.copy_in_raw(&table.copy_statement()).await?;
    let mut rows = sqlx::query(AssertSqlSafe(table.source_query())).fetch(source);
    while let Some(row) = rows.try_next().await? {
        let values = read_row!(table, &row)?;
        digest.add(&values);
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                chunk.push(b'\t');
            }
            value.write(&mut chunk);
        }
        chunk.push(b'\n');
        if chunk.len() >= CHUNK {
            copy.send(chunk.as_slice()).await?;
            chunk.clear();
        }
    }
    copy.send(chunk.as_slice()).await?;
    copy.finish().await?;
    Ok(digest)
}

/// Reads a table from the target and returns its digest.
pub(super) async fn digest(table: &Table, target: &mut PgConnection) -> Result<TableDigest> {
    let mut digest = TableDigest::default();
    let mut rows = sqlx::query(AssertSqlSafe(table.target_query())).fetch(target);
    while let Some(row) = rows.try_next().await? {
        digest.add(&read_row!(table, &row)?);
    }
    Ok(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &Value) -> String {
        let mut out = Vec::new();
        value.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_written_as_copy_expects_them() {
        for (value, text) in [
            (Value::Null, "\\N"),
            (Value::Integer(-7), "-7"),
            (Value::Boolean(true), "t"),
            (Value::Text("a\tb\\N\r\nä".to_owned()), "a\\tb\\\\N\\r\\nä"),
            (Value::Text(String::new()), ""),
            (Value::Bytes(vec![0, 255]), "\\\\x00ff"),
            (
                Value::Uuid(Uuid::nil()),
                "00000000-0000-0000-0000-000000000000",
            ),
        ] {
            assert_eq!(written(&value), text);
        }
    }

    #[test]
    fn a_digest_depends_on_every_value_but_not_on_the_order_of_rows() {
        let text = |text: &str| Value::Text(text.to_owned());
        let of = |rows: &[Vec<Value>]| {
            let mut digest = TableDigest::default();
            rows.iter().for_each(|row| digest.add(row));
            digest
        };
        let (one, two) = (vec![text("a"), text("b")], vec![text("ab"), text("")]);
        assert_eq!(
            of(&[one.clone(), two.clone()]),
            of(&[two.clone(), one.clone()])
        );
        let different = [
            of(std::slice::from_ref(&one)),
            of(std::slice::from_ref(&two)),
            of(&[one.clone(), one.clone()]),
            of(&[vec![text("a"), Value::Null]]),
            of(&[vec![text("a"), Value::Bytes(b"b".to_vec())]]),
        ];
        for (at, digest) in different.iter().enumerate() {
            assert!(!different[..at].contains(digest), "{at}");
        }
    }
}
