//! The header `traceparent` of W3C Trace Context, by which services share a trace.

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// Name of the header.
pub const TRACEPARENT: &str = "traceparent";

/// Returns the span that the headers name, if there is exactly one and it is valid. `values` are
/// the values of `traceparent`. Data of other vendors (`tracestate`) is left out.
#[must_use]
pub fn remote_parent<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Option<SpanContext> {
    let mut values = values.into_iter();
    let value = std::str::from_utf8(values.next()?).ok()?;
    if values.next().is_some() {
        return None;
    }
    let context = TraceContextPropagator::new().extract(&Header(value));
    let parent = context.span().span_context().clone();
    parent.is_valid().then_some(parent)
}

/// Returns the header that names this span.
pub(super) fn traceparent(span: &SpanContext) -> Option<String> {
    let (trace, id, flags) = (span.trace_id(), span.span_id(), span.trace_flags());
    span.is_valid()
        .then(|| format!("00-{trace}-{id}-{:02x}", flags.to_u8() & 1))
}

struct Header<'a>(&'a str);

impl Extractor for Header<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_valid_header_names_a_parent() {
        const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let again = |values: &[&str]| {
            let parent = remote_parent(values.iter().map(|value| value.as_bytes()))?;
            traceparent(&parent)
        };
        assert_eq!(again(&[GOOD]).as_deref(), Some(GOOD));
        for bad in [
            &[][..],
            &[GOOD, GOOD],
            &[""],
            &["00-00000000000000000000000000000000-b7ad6b7169203331-01"],
            &["00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"],
            &["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"],
            &["ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
            &["00-0af7651916cd43dd8448eb211c80319z-b7ad6b7169203331-01"],
            &["\u{e4}\r\n"],
        ] {
            assert_eq!(again(bad), None, "{bad:?}");
        }
    }
}
