//! Number of accounts that cannot call, answered by the index.

use super::Index;
use crate::db::{Db, Result};
use crate::domain::call_summary::CallSummary;

impl Index {
    pub(in crate::db::accounts) async fn call_summary(&self, db: &Db) -> Result<CallSummary> {
        self.query(db, |accounts| {
            let mut summary = CallSummary::default();
            for status in &accounts.by_status {
                for slot in status.ones() {
                    summary.add(&accounts.filters.account_facts(slot, accounts.swept_at));
                }
            }
            summary
        })
        .await
    }
}
