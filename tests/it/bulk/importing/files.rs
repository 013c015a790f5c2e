//! Results of an import as files: the original columns, and what can be repeated.

use super::*;
use crate::support::Browser;

/// Returns the rows of a CSV file, with the header first.
async fn table(browser: &Browser, path: &str) -> Vec<Vec<String>> {
    let file = browser.get(path).await.expect(200);
    let text = file.text.strip_prefix('\u{feff}').unwrap().to_owned();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        record.iter().map(str::to_owned).collect()
    });
    rows.collect()
}

#[tokio::test]
async fn the_result_holds_the_columns_of_the_file_unchanged_and_failed_rows_can_be_repeated() {
    let stage = Stage::start(2).await;
    let taken = stage.portal.sandbox.accounts().await[0]["email"].clone();
    let taken = taken.as_str().unwrap();
    let original: Vec<Vec<String>> = [
        ["=No.", "Company", "Email", "Channels", "Memo"],
        ["007", "  Zyx01 Ltd ", "voice@zyx01.example", "5", "=1+1"],
        ["008", "Zyx02 Ltd", "nobody", "5", "\"quoted\", and\nlong"],
        ["009", "Zyx03 Ltd", "VOICE@zyx03.example", " 5", "+49 30"],
        ["010", "Zyx04 Ltd", taken, "5", ""],
        ["011", "Zyx05 Ltd", "voice@zyx01.example", "5", "@twice"],
    ]
    .map(|row| row.map(str::to_owned).to_vec())
    .to_vec();
    let mut file = csv::Writer::from_writer(Vec::new());
    for row in &original {
        file.write_record(row).unwrap();
    }
    let file = String::from_utf8(file.into_inner().unwrap()).unwrap();
    let refusal = json!([{
        "method": "POST", "path": "/v2/managed_accounts", "times": 1, "then": {"status": 422}
    }]);
    let job = preview(&stage, &file).await;
    stage.portal.sandbox.faults(refusal).await;
    bulk::start(&stage.portal, &stage.ann, &job, Some(1))
        .await
        .unwrap();
    stage.run().await;
    let paused = stage.job(&job).await;
    start(&stage, &paused).await;
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "1 failed, 1 done");

    let browser = stage.portal.signed_in_as(&stage.ann).await;
    let path = format!("/jobs/{}", job.id);
    let page = browser.get(&path).await.expect(200);
    let failed = page.attr_of("#failed-rows", "href").unwrap();
    let result = table(&browser, &format!("{path}/result.csv")).await;
    let width = original[0].len();
    let kept: Vec<Vec<String>> = result.iter().map(|row| row[..width].to_vec()).collect();
    assert_eq!(kept, original);
    let added = [
        "Result",
        "Reason",
        "Account ID",
        "Account page",
        "Corrected",
    ];
    assert_eq!(result[0][width..], added);
    let results: Vec<&str> = result[1..].iter().map(|row| row[width].as_str()).collect();
    assert_eq!(
        results,
        ["Failed", "Left out", "Done", "Left out", "Left out"]
    );
    let id = stage.items(&job).await[2].account.clone().unwrap();
    assert_eq!(result[3][width + 2], id.as_str());
    assert!(result[3][width + 3].ends_with(&format!("/accounts/{id}")));

    let failed = table(&browser, &failed).await;
    let numbers: Vec<&str> = failed.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(numbers, ["=No.", "007", "008"]);
    assert!(failed[2][width + 1].starts_with("Email: "), "{failed:?}");

    // The file of the failed rows is itself a file to import.
    let mut again = csv::Writer::from_writer(Vec::new());
    for row in &failed {
        again.write_record(row).unwrap();
    }
    let again = String::from_utf8(again.into_inner().unwrap()).unwrap();
    let again = started(&stage, &again.replace("nobody", "voice@zyx02.example")).await;
    stage.run().await;
    assert_eq!(stage.counts(&again).await.summary(), "2 done");
}

#[tokio::test]
async fn other_jobs_have_no_failed_rows_and_neither_has_an_import_whose_file_is_deleted() {
    let stage = Stage::start(2).await;
    let ids = stage.ids().await;
    let other = stage.started(set(7), &ids).await;
    let job = started(&stage, &customers(1, "5")).await;
    stage.run().await;
    let browser = stage.portal.signed_in_as(&stage.ann).await;
    let path = |job: &Job, file: &str| format!("/jobs/{}/{file}", job.id);
    browser.get(&path(&other, "failed.csv")).await.expect(404);
    let failed = table(&browser, &path(&job, "failed.csv")).await;
    assert_eq!(failed.len(), 1, "only the header");

    stage.portal.advance(Duration::from_hours(24 * 8));
    bulk::delete_expired(&stage.portal).await.unwrap();
    let browser = stage.portal.signed_in_as(&stage.ann).await;
    browser.get(&path(&job, "failed.csv")).await.expect(404);
    let page = browser.get(&format!("/jobs/{}", job.id)).await.expect(200);
    assert!(!page.has("#failed-rows"));
    let result = table(&browser, &path(&job, "result.csv")).await;
    assert_eq!(result[0][0], "account_id");
}

#[tokio::test]
async fn failed_rows_keep_the_cells_that_were_corrected_and_all_cells_of_a_long_row() {
    let stage = Stage::start(2).await;
    let refusal = json!([{
        "method": "POST", "path": "/v2/managed_accounts", "times": 1, "then": {"status": 422}
    }]);
    let file = "Name,Email\nZyx01 Ltd,nobody\nZyx02 Ltd,voice@zyx02.example,what,more\n";
    let import = stored(&stage, &stage.ann, file).await;
    let mut decisions = import::decisions(&import).unwrap();
    let edited = vec!["Zyx01 Ltd".to_owned(), "voice@zyx01.example".to_owned()];
    decisions.edits.insert(1, edited);
    import::decide(&stage.portal, &import, &decisions)
        .await
        .unwrap();
    let job = preview_of(&stage, &stage.ann, &import).await.unwrap();
    stage.portal.sandbox.faults(refusal).await;
    start(&stage, &job).await;
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "1 failed");
    let browser = stage.portal.signed_in_as(&stage.ann).await;
    let failed = table(&browser, &format!("/jobs/{}/failed.csv", job.id)).await;
    assert_eq!(failed[1][..2], ["Zyx01 Ltd", "voice@zyx01.example"]);
    assert_eq!(failed[2][2..4], ["what", "more"]);
    assert_eq!(failed[0][2..5], ["", "", "Result"]);
}
