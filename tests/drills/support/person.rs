//! Person with a browser, whose answers go to the record.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use reqwest::{Method, redirect::Policy};
use url::form_urlencoded;

use super::{Record, Response};

/// Password of everyone in a drill.
pub const PASSWORD: &str = "correct horse battery staple";

/// Person. Clones have the same cookies.
#[derive(Clone)]
pub struct Person {
    client: reqwest::Client,
    url: String,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    record: Record,
    shown: bool,
}

impl Person {
    /// Returns a person who is not signed in.
    pub fn new(url: &str, record: &Record) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none());
        Self {
            client: client.timeout(Duration::from_secs(20)).build().unwrap(),
            url: url.to_owned(),
            cookies: Arc::default(),
            record: record.clone(),
            shown: true,
        }
    }

    /// Returns the same person, whose answers are only counted and checked.
    pub fn unseen(&self) -> Self {
        Self {
            shown: false,
            ..self.clone()
        }
    }

    /// Signs in with [`PASSWORD`].
    pub async fn sign_in(&self, email: &str) -> Response {
        let page = self.get("/login").await;
        if page.status != 200 {
            return page;
        }
        self.submit(
            &page,
            "#password-form",
            &[("email", email), ("password", PASSWORD)],
        )
        .await
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, None).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(Method::POST, path, Some(encoded(fields))).await
    }

    /// Fills and sends the form that matches `css`.
    pub async fn submit(&self, page: &Response, css: &str, typed: &[(&str, &str)]) -> Response {
        let form = page.form(css);
        self.post(&form.action, &form.filled(typed)).await
    }

    /// Follows a redirect.
    pub async fn follow(&self, answer: &Response) -> Response {
        match answer.leads_to() {
            Some(to) => self.get(&to).await,
            None => panic!(
                "{} leads nowhere: {} {}",
                answer.asked,
                answer.status,
                answer.words()
            ),
        }
    }

    async fn send(&self, method: Method, path: &str, form: Option<String>) -> Response {
        let path = path.strip_prefix(&self.url).unwrap_or(path);
        let asked = format!("{method} {path}");
        let cookies: Vec<_> = self
            .jar()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .header("accept", "text/html,*/*;q=0.8")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookies.join("; "));
        if let Some(form) = form {
            let kind = "application/x-www-form-urlencoded";
            request = request
                .header("origin", &self.url)
                .header("content-type", kind)
                .body(form);
        }
        let began = Instant::now();
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return self.unanswered(asked, &error).await,
        };
        let mut read = axum::http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            read = read.header(name, value);
            if name == "set-cookie" {
                self.keep(value.to_str().unwrap());
            }
        }
        let body = match answer.bytes().await {
            Ok(body) => body,
            Err(error) => return self.unanswered(asked, &error).await,
        };
        let took = began.elapsed();
        let answer = Response::read(asked, read.body(Body::from(body)).unwrap()).await;
        self.record.answer(&answer, took, self.shown);
        answer
    }

    /// Records a request without an answer. Returns a gateway's answer in its place.
    async fn unanswered(&self, asked: String, error: &reqwest::Error) -> Response {
        self.record.fault(format!("{asked}: no answer: {error:?}"));
        let gateway = axum::http::Response::builder()
            .status(502)
            .body(Body::empty())
            .unwrap();
        Response::read(asked, gateway).await
    }

    fn keep(&self, set: &str) {
        let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
            self.jar().remove(name);
        } else {
            self.jar().insert(name.to_owned(), value.to_owned());
        }
    }

    fn jar(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
