//! Imports: a file of accounts to create, the decisions of a person about it, and its job.
//!
//! The database stores the file and the decisions. The table, its errors and the accounts that look
//! alike follow from them whenever they are needed, so they are never out of date.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db::imports::{self, Import};
use crate::db::{self, jobs};
use crate::domain::actor::Actor;
use crate::domain::ids::ImportId;
use crate::domain::job::JobState;
use crate::domain::text::folded;
use crate::import::{
    Column, Encoding, MAX_BYTES, Mapping, ReadError, ReadOptions, RowDefaults, Table, read,
    read_text,
};

mod job;
mod result;
mod review;
mod similar;

pub use job::preview_import;
pub use result::{FileRow, result_rows};
pub use review::{Review, ReviewedRow, RowStatus, SimilarTo, review};

/// Maximum number of imports that one person may have stored.
pub const MAX_IMPORTS: usize = 5;

/// Choice of a person about one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowChoice {
    /// The account is created although another one looks alike.
    Create,
    /// The row is left out.
    LeaveOut,
}

/// Decisions of a person about a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportDecisions {
    /// Choices with which the file is read.
    pub options: ReadOptions,
    /// Meaning of each column.
    pub mapping: Mapping,
    /// True once a person confirmed the columns.
    pub is_mapped: bool,
    /// Answers for all rows.
    pub defaults: RowDefaults,
    /// True if each created account gets the welcome email.
    pub welcome_email: bool,
    /// Cells that were edited, by the number of their row.
    pub edits: BTreeMap<usize, Vec<String>>,
    /// Choices about rows, by the number of the row.
    pub choices: BTreeMap<usize, RowChoice>,
}

/// File as it was uploaded or pasted.
#[derive(Clone, Debug)]
pub struct Upload {
    /// ID that the form created. The same form sent twice is one import.
    pub id: ImportId,
    /// Name of the file, or of the pasted text.
    pub file_name: String,
    /// Content of the file.
    pub content: Vec<u8>,
    /// True if the content was pasted as text.
    pub is_pasted: bool,
}

/// Reason why an import was not stored or changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file is larger than [`MAX_BYTES`].
    #[error("The file is larger than 10 MB. Split it.")]
    TooLarge,
    /// The person has [`MAX_IMPORTS`] imports already.
    #[error("You have {MAX_IMPORTS} imports already. Discard one of them first.")]
    TooMany,
    /// The import was changed in another tab.
    #[error("This import was changed in another tab. Check it and try again.")]
    Stale,
    /// The job of the import was started. Its result needs the rows as they were read then.
    #[error("This import was run. Upload the file again to change something.")]
    Started,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Stores an upload. Its columns are recognized by name, or as this person mapped them before.
///
/// # Errors
/// Fails with [`ImportError`]. Then nothing is stored.
pub async fn store_upload(
    app: &App,
    actor: &Actor,
    upload: Upload,
) -> Result<ImportId, ImportError> {
    if upload.content.len() > MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    let stored = imports::of_staff(&app.db, actor.staff_id).await?;
    if stored.iter().any(|import| import.id == upload.id) {
        return Ok(upload.id);
    }
    if stored.len() >= MAX_IMPORTS {
        return Err(ImportError::TooMany);
    }
    let decisions = match read_upload(&upload, None).await {
        Ok(table) => ImportDecisions {
            mapping: remembered_mapping(app, actor, &table.header).await?,
            ..ImportDecisions::default()
        },
        Err(ImportError::Read(error)) => {
            // The page asks for the encoding, and then recognizes the columns.
            ensure_readable(&upload, error).await?;
            ImportDecisions::default()
        }
        Err(error) => return Err(error),
    };
    let now = app.clock.now();
    let import = Import {
        id: upload.id,
        staff_id: actor.staff_id,
        file_name: upload.file_name,
        is_pasted: upload.is_pasted,
        decisions: to_json(&decisions)?,
        version: 1,
        job: None,
        created_at: now,
        updated_at: now,
    };
    let hash = Sha256::digest(&upload.content);
    imports::insert(&app.db, &import, &upload.content, hash.as_slice()).await?;
    Ok(import.id)
}

/// Checks that a file can be read once a person has chosen its encoding.
/// `error` is the reason why it cannot be read without the choice.
async fn ensure_readable(upload: &Upload, error: ReadError) -> Result<(), ImportError> {
    let content = upload.content.as_slice();
    let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let is_marked = marks.iter().any(|mark| content.starts_with(mark));
    if upload.is_pasted || is_marked {
        return Err(error.into());
    }
    if content.contains(&0) {
        for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
            if read_upload(upload, Some(encoding)).await.is_ok() {
                return Ok(());
            }
        }
        return Err(error.into());
    }
    if std::str::from_utf8(content).is_ok() {
        return Err(error.into());
    }
    // Every byte is a character of this encoding. So an error is about the table, such as a column
    // with passwords.
    read_upload(upload, Some(Encoding::Windows1252)).await?;
    Ok(())
}

async fn read_upload(upload: &Upload, encoding: Option<Encoding>) -> Result<Table, ImportError> {
    let options = ReadOptions {
        encoding,
        ..ReadOptions::default()
    };
    let (content, name) = (upload.content.clone(), upload.file_name.clone());
    read_content(content, name, upload.is_pasted, options).await
}

/// Returns the decisions about an import.
///
/// # Errors
/// Fails if the stored decisions cannot be read.
pub fn decisions(import: &Import) -> db::Result<ImportDecisions> {
    serde_json::from_str(&import.decisions).map_err(db::Error::stored)
}

/// Stores the decisions about an import. Discards its preview if the file is read in another way,
/// because the items of the job are the rows as they were read.
///
/// # Errors
/// Fails with [`ImportError::Stale`] if others were stored since the import was read, and with
/// [`ImportError::Started`] once its job was started.
pub async fn decide(
    app: &App,
    import: &Import,
    decisions: &ImportDecisions,
) -> Result<(), ImportError> {
    let stored = self::decisions(import)?;
    if is_started(app, import).await? {
        return Err(ImportError::Started);
    }
    if stored.options != decisions.options
        && let Some(job) = import.job
    {
        jobs::discard(&app.db, job).await?;
    }
    let decisions = to_json(decisions)?;
    if imports::set_decisions(&app.db, import, &decisions, app.clock.now()).await? {
        Ok(())
    } else if is_started(app, import).await? {
        Err(ImportError::Started)
    } else {
        Err(ImportError::Stale)
    }
}

async fn is_started(app: &App, import: &Import) -> db::Result<bool> {
    let Some(id) = import.job else {
        return Ok(false);
    };
    let job = jobs::by_id(&app.db, id).await?;
    Ok(job.is_some_and(|job| job.state != JobState::Preview))
}

/// Reads the table of an import, as its decisions say.
///
/// # Errors
/// Fails with [`ImportError::Read`] if the file cannot be read in this way.
pub async fn table(
    app: &App,
    import: &Import,
    options: &ReadOptions,
) -> Result<Table, ImportError> {
    let content = imports::content(&app.db, import.id).await?;
    read_content(
        content,
        import.file_name.clone(),
        import.is_pasted,
        options.clone(),
    )
    .await
}

/// Remembers the meanings of the columns for the person's next file.
///
/// # Errors
/// Fails if the database fails.
pub async fn remember_mapping(
    app: &App,
    actor: &Actor,
    header: &[String],
    mapping: &Mapping,
) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    for (name, column) in header.iter().zip(mapping.columns()) {
        let name = folded(name);
        if !name.is_empty() {
            let meaning = column.map_or("", Column::as_str);
            imports::remember_column(&mut tx, actor.staff_id, &name, meaning).await?;
        }
    }
    tx.commit().await
}

/// Returns the meanings of the columns: as this person mapped them before, or by their names.
pub async fn remembered_mapping(
    app: &App,
    actor: &Actor,
    header: &[String],
) -> db::Result<Mapping> {
    let names: Vec<String> = header.iter().map(|name| folded(name)).collect();
    let remembered = imports::remembered_columns(&app.db, actor.staff_id, &names).await?;
    let recognized = Mapping::recognize(header);
    let columns = names.iter().zip(recognized.columns());
    let columns = columns.map(|(name, recognized)| match remembered.get(name) {
        Some(meaning) => meaning.parse().ok(),
        None => *recognized,
    });
    // Two headers may have been given the same meaning in two files.
    Ok(Mapping::chosen(columns.collect()).unwrap_or(recognized))
}

/// Reads a file on a thread of its own, because a large one takes a while.
async fn read_content(
    content: Vec<u8>,
    file_name: String,
    is_pasted: bool,
    options: ReadOptions,
) -> Result<Table, ImportError> {
    let reading = tokio::task::spawn_blocking(move || {
        if is_pasted {
            read_text(&String::from_utf8_lossy(&content), &options)
        } else {
            read(&content, &file_name, &options)
        }
    });
    let table = reading.await.map_err(db::Error::stored)?;
    Ok(table?)
}

fn to_json(decisions: &ImportDecisions) -> db::Result<String> {
    serde_json::to_string(decisions).map_err(db::Error::stored)
}
