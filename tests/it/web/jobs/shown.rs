//! Places that show jobs: the list, the bar above every page, the activity.

use super::*;

#[tokio::test]
async fn the_list_has_tabs_by_state_and_ones_own_jobs() {
    let stage = Stage::new().await;
    let empty = stage.page("/jobs").await;
    assert!(empty.says("No jobs yet"));
    let (path, _) = stage.preview_disable(2).await;
    let (other, _) = stage.preview_disable(3).await;
    stage.start(&path, &[("confirm", "2")]).await;
    stage.run().await;
    let page = stage.page("/jobs").await;
    assert_eq!(page.count("#table tbody tr"), 2);
    let row = page.text_of(&format!("tr[data-href='{path}']"));
    assert!(
        row.contains("Disable 2 accounts") && row.contains("2 done"),
        "{row}"
    );
    let page = stage.page("/jobs?state=preview").await;
    assert_eq!(page.attrs_of("#table tbody tr", "data-href"), [other]);
    let ben = stage.portal.signed_in(Role::Manager).await;
    let page = ben.get("/jobs?by=me").await.expect(200);
    assert!(page.says("No jobs yet"), "{}", page.words());
}

#[tokio::test]
async fn a_running_job_is_above_every_page_and_its_end_is_said_once() {
    let stage = Stage::new().await;
    let (path, _) = stage.preview_disable(2).await;
    assert!(!stage.page("/tags").await.has(".job-status"));
    stage.start(&path, &[("confirm", "2")]).await;
    let page = stage.page("/tags").await;
    let bar = page.text_of(".job-status");
    assert!(bar.contains("Disable 2 accounts 0 of 2 finished"), "{bar}");
    assert_eq!(page.attr_of(".job-status a", "href"), Some(path.clone()));
    assert!(page.has("#banners[hx-get]"));
    let eve = stage.portal.signed_in(Role::Viewer).await;
    assert!(!eve.get("/tags").await.expect(200).has(".job-status"));

    stage.run().await;
    let polled = stage.browser.get_fragment("/banners").await.expect(200);
    assert!(polled.says("Job finished: 2 done."), "{}", polled.text);
    assert!(polled.has(&format!(".toast a[href='{path}']")));
    assert!(!polled.has(".job-status"));
    let page = stage.page("/tags").await;
    assert!(!page.says("Job finished"));
}

#[tokio::test]
async fn the_activity_tells_of_a_job_and_links_its_changes_to_it() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(2).await;
    stage.start(&path, &[("confirm", "2")]).await;
    stage.run().await;
    let page = stage.page("/activity").await;
    assert!(
        page.says("started the job Disable 2 accounts"),
        "{}",
        page.words()
    );
    assert!(page.says("The job Disable 2 accounts finished"));
    let link = format!("#main a[href='{path}']");
    assert_eq!(page.count(&link), 4, "two events and two changes");
    for address in ["/".to_owned(), format!("/accounts/{}", ids[0])] {
        assert!(stage.page(&address).await.has(&link), "{address}");
    }
}
