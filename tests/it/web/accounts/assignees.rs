//! Account managers in the list: the column, the order, the filter, saved views and files.

use reseller_portal::annotations::assignees::{self, AssignOutcome, Assignment};
use reseller_portal::db::staff;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::role::Role;
use reseller_portal::staff::{Principal, members};

use super::text;
use crate::support::{Browser, Portal, Response};

/// Portal with a few accounts: the first two have the manager, the third the admin.
struct Stage {
    portal: Portal,
    ids: Vec<String>,
    ann: Actor,
    ben: Actor,
}

impl Stage {
    async fn start() -> Self {
        let portal = Portal::build().accounts(6).start().await;
        portal.sweep().await;
        let (ann, ben) = (
            portal.staff(Role::Manager).await,
            portal.staff(Role::Admin).await,
        );
        let accounts = portal.sandbox.accounts().await;
        let mut ids: Vec<String> = accounts
            .iter()
            .map(|account| text(account, "id").to_owned())
            .collect();
        ids.sort();
        let stage = Self {
            portal,
            ids,
            ann,
            ben,
        };
        for (at, person) in [(0, &stage.ann), (1, &stage.ann), (2, &stage.ben)] {
            stage.assign(at, person).await;
        }
        stage
    }

    async fn assign(&self, at: usize, to: &Actor) {
        let assignment = Assignment {
            shown: None,
            to: Some(to.staff_id),
            may_be_disabled: false,
        };
        let account = self.ids[at].parse().unwrap();
        let done = assignees::assign(&self.portal, &self.ann, &account, assignment).await;
        assert_eq!(done.unwrap(), AssignOutcome::Done);
    }

    async fn rename(&self, person: &Actor, name: &str) {
        let mut tx = self.portal.db.begin().await.unwrap();
        staff::set_profile(&mut tx, person.staff_id, name, "UTC")
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

fn shown(page: &Response) -> Vec<String> {
    let rows = page.attrs_of("tr[id^=account-]", "id");
    rows.iter()
        .map(|id| id.trim_start_matches("account-").to_owned())
        .collect()
}

async fn found(browser: &Browser, query: &str) -> Vec<String> {
    let page = browser.get(&format!("/accounts?{query}")).await.expect(200);
    assert!(!page.has("#rows .notice"), "{query}: {}", page.words());
    let mut ids = shown(&page);
    ids.sort();
    ids
}

/// Returns the account manager of each row, from top to bottom.
fn column(page: &Response) -> Vec<String> {
    let rows = page.attrs_of("tr[id^=account-]", "id");
    rows.iter()
        .map(|id| page.text_of(&format!("#{id} td:nth-child(7)")))
        .collect()
}

#[tokio::test]
async fn accounts_are_found_by_their_account_manager_by_mine_and_by_none() {
    let stage = Stage::start().await;
    let ids = &stage.ids;
    let ann = stage.portal.signed_in_as(&stage.ann).await;
    let ben = stage.portal.signed_in_as(&stage.ben).await;
    assert_eq!(found(&ann, "assignee=me").await, ids[..2]);
    assert_eq!(found(&ben, "assignee=me").await, ids[2..3]);
    assert_eq!(found(&ann, "assignee=none").await, ids[3..]);
    let bens = format!("assignee={}", stage.ben.staff_id);
    assert_eq!(found(&ann, &bens).await, ids[2..3]);
    let page = ann.get(&format!("/accounts?{bens}")).await.expect(200);
    assert_eq!(page.text_of(".chip"), "Account manager: Test Admin");
    assert_eq!(page.text_of(".tabs a[aria-current]"), "All 1");
    let unknown = "assignee=00000000-0000-0000-0000-000000000000";
    assert_eq!(found(&ann, unknown).await, [""; 0]);
    let page = ann.get("/accounts?assignee=Ben").await.expect(200);
    assert!(
        page.says("Unknown account manager \u{201c}Ben\u{201d} ignored."),
        "{}",
        page.words()
    );

    let list = ann.get("/accounts").await.expect(200);
    let mine = list
        .attr_of("#rows .toolbar a[href*='assignee=me']", "href")
        .unwrap();
    assert_eq!(mine, "/accounts?assignee=me");
    let form = ann
        .get("/accounts/filter?assignee=none&q=x")
        .await
        .expect(200);
    assert_eq!(
        form.attr_of("#filter-assignee [selected]", "value")
            .unwrap(),
        "none"
    );
    let options = form.attrs_of("#filter-assignee option", "value");
    assert_eq!(options.len(), 3 + 2, "any, me, none and two people");
}

#[tokio::test]
async fn the_list_shows_and_sorts_by_account_managers_as_they_are_called_now() {
    let stage = Stage::start().await;
    let ann = stage.portal.signed_in_as(&stage.ann).await;
    stage.rename(&stage.ann, "Zoe").await;
    let (zoe, ben) = ("Zoe", "Test Admin");
    let up = ann.get("/accounts?sort=assignee").await.expect(200);
    assert_eq!(column(&up), [ben, zoe, zoe, "", "", ""]);
    let down = ann.get("/accounts?sort=-assignee").await.expect(200);
    assert_eq!(column(&down), [zoe, zoe, ben, "", "", ""]);
    assert!(down.has("th[aria-sort=descending] a[href='/accounts?sort=assignee']"));
    // Another name changes no account, but the order.
    stage.rename(&stage.ann, "Ada").await;
    let up = ann.get("/accounts?sort=assignee").await.expect(200);
    assert_eq!(column(&up), ["Ada", "Ada", ben, "", "", ""]);
    let filtered = ann
        .get("/accounts?sort=-assignee&status=enabled")
        .await
        .expect(200);
    let mut names = column(&filtered);
    names.dedup();
    assert!(names.is_sorted_by(|a, b| b < a), "{names:?}");

    let by = Principal::Shell;
    members::disable(&stage.portal, by, stage.ben.staff_id, None)
        .await
        .unwrap();
    let page = ann.get("/accounts?sort=assignee").await.expect(200);
    assert_eq!(column(&page)[2], "Test Admin (disabled)");
}

#[tokio::test]
async fn a_saved_view_of_mine_means_whoever_opens_it() {
    let stage = Stage::start().await;
    let ann = stage.portal.signed_in_as(&stage.ann).await;
    let form = ann.get("/accounts/views?assignee=me").await.expect(200);
    assert!(form.says("Account manager: me"), "{}", form.words());
    let save = "form[action=\"/accounts/views/save\"]";
    let saved = ann.submit(&form, save, &[("name", "My own")]).await;
    let address = saved.expect(303).leads_to().unwrap();
    assert!(address.starts_with("/accounts?assignee=me&view="));
    let page = ann.get(&address).await.expect(200);
    assert_eq!(page.text_of("#views a[aria-current]"), "My own");
    let ben = stage.portal.signed_in_as(&stage.ben).await;
    let page = ben.get(&address).await.expect(200);
    assert_eq!(shown(&page), stage.ids[2..3]);
}

#[tokio::test]
async fn files_name_the_account_manager_and_the_filter() {
    let stage = Stage::start().await;
    let ann = stage.portal.signed_in_as(&stage.ann).await;
    let file = ann
        .get("/accounts/export.json?sort=assignee")
        .await
        .expect(200);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&file.text).unwrap();
    assert_eq!(rows[2]["account_manager"], "Test Admin");
    assert_eq!(rows[2]["account_manager_email"], stage.ben.email.as_str());
    assert_eq!(rows[5]["account_manager"], serde_json::Value::Null);
    let file = ann
        .get(&format!(
            "/accounts/export.csv?assignee={}",
            stage.ben.staff_id
        ))
        .await
        .expect(200);
    let lines: Vec<&str> = file.text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains("account_manager"));
    assert!(lines[1].contains("Test Admin"), "{}", lines[1]);
    let page = ann.get("/activity?kind=exported").await.expect(200);
    assert!(
        page.says("1 account: Account manager: Test Admin, as CSV."),
        "{}",
        page.words()
    );
}
