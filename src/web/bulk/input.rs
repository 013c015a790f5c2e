//! Submitted fields of the forms for changes of many accounts.

use serde::Deserialize;

use crate::web::selection::Selection;

/// Submitted fields. Each action reads its own. Before the form is shown, only the selection is
/// sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BulkInput {
    list: String,
    all: String,
    id: Vec<String>,
    except: Vec<String>,
    /// ID of the job, created when the form is shown. A script may leave it out.
    pub job: String,
    /// Rule of a channel limit: `set`, `raise`, `lower` or `at-most`.
    pub rule: String,
    pub channels: String,
    pub custom_pricing: String,
    pub reenable_all_connections: String,
    pub tag: String,
    /// ID of a staff member, or `none`.
    pub assignee: String,
    pub reason_code: String,
    pub reason: String,
}

impl BulkInput {
    /// Returns `true` if a question of a form is answered. The selection bar answers none.
    pub fn has_answers(&self) -> bool {
        let answers = [
            &self.rule,
            &self.channels,
            &self.custom_pricing,
            &self.reenable_all_connections,
            &self.tag,
            &self.reason_code,
            &self.reason,
        ];
        answers.iter().any(|answer| !answer.trim().is_empty())
    }

    /// Returns the selection that the form carries.
    pub fn selection(&self) -> Selection {
        Selection {
            list: self.list.clone(),
            all: self.all.clone(),
            id: self.id.clone(),
            except: self.except.clone(),
        }
    }
}
