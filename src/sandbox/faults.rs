//! Deliberate faults: rules that select requests, and the answer they get instead.

use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Rules of the faults. The first match applies.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Faults {
    rules: Vec<FaultRule>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FaultRule {
    /// `None` for any method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// Whole path, or its beginning followed by `*`.
    path: String,
    /// Remaining number of requests it applies to; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
    /// Applies to each request of this number only, such as each fifth; `None` for each one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every: Option<u32>,
    /// Number of requests that `every` has counted.
    #[serde(skip)]
    counted: u32,
    then: FaultAction,
}

#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FaultAction {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    late: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    drop: Option<DropTiming>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    garbage: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edit: Option<Edit>,
}

/// Values that replace parts of the real answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Edit {
    /// Members to set in the answer, such as `meta`. Null removes a member.
    set: Map<String, Value>,
    /// Members to set in the first item of `data`, in the same way.
    first: Map<String, Value>,
}

impl Edit {
    /// Returns the body with these values, or unchanged if it is not JSON.
    pub(super) fn apply(&self, body: &[u8]) -> Vec<u8> {
        let Ok(mut answer) = serde_json::from_slice::<Value>(body) else {
            return body.to_vec();
        };
        if let Some(first) = answer.pointer_mut("/data/0").and_then(Value::as_object_mut) {
            merge(first, &self.first);
        }
        if let Some(answer) = answer.as_object_mut() {
            merge(answer, &self.set);
        }
        answer.to_string().into_bytes()
    }
}

fn merge(into: &mut Map<String, Value>, values: &Map<String, Value>) {
    for (name, value) in values {
        if value.is_null() {
            into.remove(name);
        } else {
            into.insert(name.clone(), value.clone());
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum DropTiming {
    Before,
    After,
}

/// Fault of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Answers with this status in the error envelope.
    Status {
        status: StatusCode,
        retry_after: Option<u64>,
        acts: bool,
        /// Keeps the request until `POST /_sandbox/late` runs it.
        late: bool,
    },
    /// Waits, then acts and answers, even if the client has disconnected.
    Delay(Duration),
    /// Closes the connection without sending a byte.
    Drop { acts: bool },
    /// Answers 200 with a body that is not JSON.
    Garbage { acts: bool },
    /// Changes values in the real answer.
    Edit(Edit),
}

impl Faults {
    /// Checks that every rule is valid.
    /// Fails with a sentence about the first one that is not.
    pub(super) fn validate(&self) -> Result<(), String> {
        for (place, rule) in self.rules.iter().enumerate() {
            rule.then
                .fault()
                .map_err(|why| format!("Rule {}: {why}", place + 1))?;
            if !rule.path.starts_with('/') && rule.path != "*" {
                return Err(format!(
                    "Rule {}: path must begin with /, such as /v2/managed_accounts or /v2/*.",
                    place + 1
                ));
            }
        }
        Ok(())
    }

    /// Returns the fault for a request, and reduces the rule's remaining number of times.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        // All rules count, so that several of the same number take their turns.
        let due: Vec<&mut FaultRule> = self
            .rules
            .iter_mut()
            .filter(|rule| rule.times != Some(0) && rule.matches(method, path))
            .filter_map(|rule| rule.count().then_some(rule))
            .collect();
        let rule = due.into_iter().next()?;
        if let Some(times) = &mut rule.times {
            *times -= 1;
        }
        rule.then.fault().ok()
    }
}

impl FaultRule {
    /// Counts a request. Returns `true` if the rule applies to it.
    fn count(&mut self) -> bool {
        self.counted = self.counted.wrapping_add(1);
        self.every
            .is_none_or(|every| self.counted.is_multiple_of(every.max(1)))
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        self.method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && match self.path.strip_suffix('*') {
                Some(beginning) => path.starts_with(beginning),
                None => path == self.path,
            }
    }
}

impl FaultAction {
    fn fault(&self) -> Result<Fault, &'static str> {
        let acts = self.act.unwrap_or(false);
        if let Some(edit) = &self.edit
            && *self
                == (Self {
                    edit: self.edit.clone(),
                    ..Self::default()
                })
        {
            return Ok(Fault::Edit(edit.clone()));
        }
        let fault = match (self.status, self.delay_ms, self.drop, self.garbage) {
            (Some(status), None, None, None) => {
                let status = StatusCode::from_u16(status)
                    .ok()
                    .filter(|status| (200..600).contains(&status.as_u16()));
                Fault::Status {
                    status: status.ok_or("status must be between 200 and 599.")?,
                    retry_after: self.retry_after,
                    acts,
                    late: self.late.unwrap_or(false),
                }
            }
            (None, Some(millis), None, None) => Fault::Delay(Duration::from_millis(millis)),
            (None, None, Some(when), None) => Fault::Drop {
                acts: when == DropTiming::After,
            },
            (None, None, None, Some(true)) if self.edit.is_none() => Fault::Garbage { acts },
            _ => {
                return Err(
                    "then must have exactly one of status, delay_ms, drop (before or after), garbage (true) and edit.",
                );
            }
        };
        if self.retry_after.is_some() && self.status.is_none() {
            return Err("retry_after goes with status only.");
        }
        if self.late.is_some() && (self.status.is_none() || acts) {
            return Err("late goes with status only, and not with act.");
        }
        if self.act.is_some() && self.status.is_none() && self.garbage.is_none() {
            return Err("act goes with status and garbage only.");
        }
        Ok(fault)
    }
}
