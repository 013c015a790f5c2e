//! Limit of requests in flight, and their priority.

use std::time::Duration;

use reseller_portal::telnyx::{Certainty, ErrorKind};

use super::*;

fn with_places(server: &MockServer, places: usize, total: Duration) -> Client {
    client_of(Settings {
        max_in_flight: places,
        total_timeout: total,
        retries: 0,
        ..settings(&server.uri())
    })
}

async fn slow() -> MockServer {
    answering(vec![limit_answer(1).set_delay(Duration::from_mins(1))]).await
}

/// Waits until this number of requests has arrived. Fails if more arrive.
async fn arrived(server: &MockServer, wanted: usize) {
    for _ in 0..200 {
        if requests(server).await >= wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(requests(server).await, wanted);
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_under_way_at_once() {
    let server = slow().await;
    let client = with_places(&server, 3, Duration::from_secs(30));
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.disable_account(&account_id()).await })
        })
        .collect();
    arrived(&server, 3).await;
    calls.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn background_work_leaves_places_for_people() {
    let server = slow().await;
    let client = with_places(&server, 4, Duration::from_secs(30));
    let background = client.in_background();
    let mut calls: Vec<_> = (0..10)
        .map(|_| {
            let client = background.clone();
            tokio::spawn(async move { client.pool().await.map(|_| ()) })
        })
        .collect();
    arrived(&server, 2).await;
    let person = client.clone();
    calls.push(tokio::spawn(async move { person.pool().await.map(|_| ()) }));
    arrived(&server, 3).await;
    calls.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_change_that_found_no_place_in_time_was_not_sent() {
    let server = slow().await;
    let client = with_places(&server, 1, Duration::from_millis(400));
    let first = client.clone();
    let first = tokio::spawn(async move { first.pool().await });
    arrived(&server, 1).await;
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.disable_account(&account_id()).await })
        })
        .collect();
    let mut certainties = Vec::new();
    for call in waiting {
        let error = call.await.unwrap().unwrap_err();
        certainties.push((error.certainty(), error.kind()));
    }
    first.await.unwrap().unwrap_err();
    // One got the place that the first gave back. The others waited in vain.
    let not_sent = certainties
        .iter()
        .filter(|it| **it == (Certainty::NotSent, ErrorKind::NotSent));
    assert_eq!(not_sent.count(), 2, "{certainties:?}");
    assert_eq!(requests(&server).await, 2);
    assert_eq!(
        client.health().consecutive_failures,
        2,
        "what was not tried says nothing of Telnyx"
    );
}
