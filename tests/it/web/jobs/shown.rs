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
async fn the_page_of_a_job_shows_its_end_without_a_toast() {
    let stage = Stage::new().await;
    let (path, _) = stage.preview_disable(2).await;
    stage.start(&path, &[("confirm", "2")]).await;
    stage.run().await;
    let page = stage.page(&path).await;
    assert!(
        page.says("2 done") && !page.has("#toasts .toast"),
        "{}",
        page.words()
    );
    assert!(!stage.page("/tags").await.has("#toasts .toast"));
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

#[tokio::test]
async fn the_activity_is_filtered_by_job_on_the_page_and_in_its_files() {
    let stage = Stage::new().await;
    let (other, _) = stage.preview_disable(1).await;
    stage.start(&other, &[("confirm", "1")]).await;
    stage.run().await;
    let (path, _) = stage.preview_disable(2).await;
    stage.start(&path, &[("confirm", "2")]).await;
    stage.run().await;
    let job = path.rsplit('/').next().unwrap();
    let page = stage.page(&path).await;
    let href = page.attr_of("#events", "href").unwrap();
    assert_eq!(href, format!("/activity?job={job}"));

    let page = stage.page(&href).await;
    assert_eq!(
        page.count("#main li[id^='entry-']"),
        4,
        "two events and two changes"
    );
    assert!(page.says("Job: Disable 2 accounts"), "{}", page.words());
    let form = page.form("form.filters");
    assert_eq!(form.value("job"), Some(job), "other filters keep it");
    let file = stage.page(&format!("/activity.csv?job={job}")).await;
    assert_eq!(file.text.lines().count(), 5, "{}", file.text);
    assert!(file.text.lines().skip(1).all(|line| line.contains(job)));
    let lines = stage.page(&format!("/activity.jsonl?job={job}")).await;
    assert_eq!(lines.text.lines().count(), 6, "{}", lines.text);

    let page = stage
        .page("/activity?job=01980000-0000-7000-8000-000000000000")
        .await;
    assert!(page.says("Nothing matches"), "{}", page.words());
    let page = stage.page("/activity?job=x").await;
    assert!(page.says("Unknown job"), "{}", page.words());
}

#[tokio::test]
async fn a_job_is_one_line_of_the_dashboard() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(6).await;
    stage
        .start(&path, &[("confirm", "6"), ("first", "2")])
        .await;
    stage.run().await;
    let line = format!(".feed li:has(a[href='{path}'])");
    let page = stage.page("/").await;
    assert_eq!(page.count(&line), 1);
    assert!(
        page.text_of(&line).contains("2 done, 4 waiting"),
        "{}",
        page.text_of(&line)
    );
    let form = [("reason", "Paid")];
    let resume = format!("{path}/resume");
    stage.browser.post(&resume, &form).await.expect(303);
    stage.run().await;
    let page = stage.page("/").await;
    assert_eq!(page.count(&line), 1);
    let said = page.text_of(&line);
    assert!(
        said.contains("The job Disable 6 accounts finished"),
        "{said}"
    );
    assert_eq!(
        page.count(&format!(".feed a[href='/accounts/{}']", ids[0])),
        0
    );
}
