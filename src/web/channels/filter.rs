//! Filter of the list of holders of channels.

use super::PATH;
use super::headings::{COLUMNS, ChannelsOrder};
use crate::db::accounts::HolderFilter;
use crate::web::columns::ColumnsList;
use crate::web::layout::Section;
use crate::web::listing::{Column, Filter, Param, Query, Value, read};
use crate::web::trends::Range;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ChannelsFilter {
    pub(super) q: String,
    pub(super) part: HolderFilter,
    /// Period of the charts.
    pub(super) range: Range,
}

impl ColumnsList for ChannelsFilter {
    const SECTION: Section = Section::Channels;
}

pub(super) type ChannelsQuery = Query<ChannelsFilter>;

impl Filter for ChannelsFilter {
    type Order = ChannelsOrder;

    const PATH: &'static str = PATH;
    const COLUMNS: &'static [Column<ChannelsOrder>] = &COLUMNS;
    const PARAMS: &'static [Param<Self>] = &[
        Param::new(
            "q",
            |filter, value| read::search(&mut filter.q, value),
            |filter| Value::of_text(&filter.q, "Search"),
        ),
        Param::new(
            "show",
            |filter, value| {
                let mut parts = HolderFilter::ALL.into_iter();
                let mut part = None;
                read::choice(&mut part, "tab", value, |word| {
                    parts.find(|part| part.as_str() == word)
                })?;
                filter.part = part.unwrap_or_default();
                Ok(())
            },
            |filter| {
                let part = Some(filter.part).filter(|part| *part != HolderFilter::All);
                Value::of(
                    part,
                    |part| part.as_str().to_owned(),
                    |part| filter_label(*part).to_owned(),
                )
            },
        ),
        Param::new(
            "range",
            |filter, value| {
                filter.range = Range::parse(value)?;
                Ok(())
            },
            |filter| {
                let range = Some(filter.range).filter(|range| *range != Range::default());
                Value::of(
                    range,
                    |range| range.as_str().to_owned(),
                    |range| range.label().to_owned(),
                )
            },
        ),
        Param::select_page(),
    ];

    fn read_order(value: &str) -> Result<ChannelsOrder, String> {
        ChannelsOrder::parse(value).ok_or_else(|| {
            format!(
                "Unknown sort order {} ignored. The largest limit is first.",
                read::quote_shortened(value)
            )
        })
    }

    fn write_order(order: ChannelsOrder) -> String {
        order.as_text()
    }
}

pub(super) const fn filter_label(part: HolderFilter) -> &'static str {
    match part {
        HolderFilter::All => "All",
        HolderFilter::Holding => "Holding channels",
        HolderFilter::Zero => "Limit 0",
        HolderFilter::Reclaimable => "Disabled with channels",
        HolderFilter::Unknown => "Not known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back_as_it_was_read() {
        let read = ChannelsQuery::parse("q=+acme+%26+co+&show=reclaim&page=3&per=100");
        assert_eq!(
            read.href(),
            "/channels?q=acme+%26+co&show=reclaim&page=3&per=100"
        );
        assert_eq!(ChannelsQuery::from_path(&read.href()), read);
        assert_eq!(ChannelsQuery::parse("").href(), "/channels");
    }

    #[test]
    fn what_an_address_asks_for_in_vain_is_named_and_the_nearest_is_shown() {
        for page in ["0", "-1", "x"] {
            let read = ChannelsQuery::parse(&format!("page={page}"));
            assert_eq!((read.page, read.ignored.len()), (1, 1), "{page}");
        }
        let long = "%C3%A9".repeat(10_000);
        let read = ChannelsQuery::parse(&format!("show=x&per=7&q={long}"));
        assert_eq!(
            (
                read.filter.part,
                read.page_size,
                read.filter.q.chars().count()
            ),
            (HolderFilter::All, 50, 200)
        );
        assert_eq!(read.ignored.len(), 3);
    }
}
