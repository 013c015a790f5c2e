//! Addresses that a webhook may reach: those on the internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns `true` unless the address belongs to this machine, to a private network, or to a range
/// that the internet does not route (RFC 6890).
pub(super) fn is_on_internet(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_on_internet_v4(address),
        IpAddr::V6(address) => is_on_internet_v6(address),
    }
}

fn is_on_internet_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        // Shared addresses of carriers.
        || (a == 100 && (64..128).contains(&b))
        // Protocol assignments, benchmarks, and reserved addresses.
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240;
    !is_special
}

fn is_on_internet_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Addresses that embed one of IPv4: translated (64:ff9b::/96) and 6to4 (2002::/16).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_on_internet_v4(embedded(high, low))
        }
        // Documentation, benchmarks and Teredo.
        [0x2001, 0xdb8 | 0..=0x1ff, ..] => false,
        // Only 2000::/3 is allocated.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::is_on_internet;

    #[test]
    fn private_and_special_ranges_are_not_on_the_internet() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fd12::1",
            "ff02::1",
            "::ffff:192.168.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_on_internet(text.parse().expect("an address")), "{text}");
        }
        for text in [
            "1.1.1.1",
            "93.184.216.34",
            "172.32.0.1",
            "2606:4700::1111",
            "64:ff9b::101:101",
        ] {
            assert!(is_on_internet(text.parse().expect("an address")), "{text}");
        }
    }
}
