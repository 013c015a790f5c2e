//! Limits on the file descriptors of the process.

/// Number of descriptors reserved for the database, Telnyx, the log and the rest.
const RESERVED: usize = 128;
/// Maximum number of connections. More are of no use.
const MAX_CONNECTIONS: usize = 8_192;

/// Raises the process's limit of descriptors as far as possible.
/// Returns the number of connections that fit.
#[cfg(unix)]
#[must_use]
pub fn raise_descriptors() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of descriptors could not be raised");
            limit.current
        }
    };
    connection_limit(current.and_then(|descriptors| usize::try_from(descriptors).ok()))
}

/// Returns the number of connections that fit.
#[cfg(not(unix))]
#[must_use]
pub fn raise_descriptors() -> usize {
    connection_limit(None)
}

/// Returns the number of connections for a limit of descriptors. `None` is no limit.
fn connection_limit(descriptors: Option<usize>) -> usize {
    let descriptors = descriptors.unwrap_or(MAX_CONNECTIONS);
    descriptors
        .saturating_sub(RESERVED)
        .max(descriptors.div_ceil(2))
        .clamp(1, MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::{MAX_CONNECTIONS, connection_limit};

    #[test]
    fn connections_leave_descriptors_for_the_rest() {
        for (descriptors, connections) in [
            (Some(1_024), 896),
            (Some(64), 32),
            (Some(1), 1),
            (Some(1_000_000), MAX_CONNECTIONS),
            (None, MAX_CONNECTIONS - 128),
        ] {
            assert_eq!(
                connection_limit(descriptors),
                connections,
                "{descriptors:?}"
            );
        }
    }
}
