//! Restarts of processes behind a load balancer, while people work: one after the other without a
//! lost request, and by `kill -9`.
//!
//! The small runs are part of the suite. The large one prints a table:
//! `tests/with-postgres.sh cargo nextest run --run-ignored only --no-capture -E 'test(restarts)'`.

use std::time::{Duration, Instant};

use super::cluster::{Cluster, PROCESSES, can_share_database};
use super::load::{Load, People, Work};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_the_processes_restart_in_turn() {
    if !can_share_database() {
        return;
    }
    let mut cluster = Cluster::start(24).await;
    let people = People {
        readers: 2,
        writers: 2,
        followers: 2,
        each_once: false,
    };
    let load = Load::start(&cluster, &people).await;
    cluster.restart_in_turn().await;
    let work = load.stop().await;
    assert_nothing_lost(&cluster, &work).await;
    assert!(work.changes > 20, "{} changes", work.changes);
    assert!(
        work.streams > people.followers,
        "a stream goes on elsewhere"
    );
    assert!(work.events > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_processes_lose_only_answers_and_each_change_is_settled_once() {
    if !can_share_database() {
        return;
    }
    let mut cluster = Cluster::start(60).await;
    let people = People {
        readers: 2,
        writers: 3,
        followers: 1,
        each_once: true,
    };
    let load = Load::start(&cluster, &people).await;
    for place in 0..PROCESSES {
        tokio::time::sleep(Duration::from_millis(200)).await;
        cluster.kill(place).await;
    }
    let work = load.stop().await;
    assert_eq!(cluster.balancer.failures(), Vec::<String>::new());
    cluster.until_settled().await;
    let done = cluster.assert_truth().await;
    assert!(done >= work.changes, "{done} of {}", work.changes);
}

/// Fails if a request was lost, or if a change was sent more or less than once.
async fn assert_nothing_lost(cluster: &Cluster, work: &Work) {
    assert_eq!(cluster.balancer.failures(), Vec::<String>::new());
    assert_eq!(work.lost, 0);
    cluster.until_settled().await;
    assert_eq!(cluster.assert_truth().await, work.changes);
    assert_eq!(cluster.sent().await, work.changes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; see the head of this file"]
async fn many_restarts_and_kills() {
    if !can_share_database() {
        return;
    }
    println!(
        "what           | seconds | requests | lost | changes | streams | events | p50 ms | p99 ms"
    );
    let print = |what: &str, began: Instant, work: &Work| {
        println!(
            "{what:14} | {:7.1} | {:8} | {:4} | {:7} | {:7} | {:6} | {:6.1} | {:6.1}",
            began.elapsed().as_secs_f64(),
            work.took.len(),
            work.lost,
            work.changes,
            work.streams,
            work.events,
            work.percentile(50).as_secs_f64() * 1_000.0,
            work.percentile(99).as_secs_f64() * 1_000.0,
        );
    };
    let people = People {
        readers: 6,
        writers: 4,
        followers: 4,
        each_once: false,
    };
    let mut cluster = Cluster::start(200).await;
    let (load, began) = (Load::start(&cluster, &people).await, Instant::now());
    for _ in 0..5 {
        cluster.restart_in_turn().await;
    }
    let work = load.stop().await;
    print("15 restarts", began, &work);
    assert_nothing_lost(&cluster, &work).await;

    let people = People {
        each_once: true,
        ..people
    };
    let mut cluster = Cluster::start(2_000).await;
    let (load, began) = (Load::start(&cluster, &people).await, Instant::now());
    for kill in 0..15 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        cluster.kill(kill % PROCESSES).await;
    }
    let work = load.stop().await;
    print("15 kills", began, &work);
    let settled = cluster.until_settled().await;
    let done = cluster.assert_truth().await;
    println!(
        "{done} changes took effect, {} were answered; settled after {:.1} s",
        work.changes,
        settled.as_secs_f64()
    );
    assert_eq!(cluster.balancer.failures(), Vec::<String>::new());
    assert!(done >= work.changes);
}
