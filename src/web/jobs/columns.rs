//! Columns of the list of jobs.

use crate::db::jobs::{JobColumn, JobOrder};
use crate::domain::column_order::ColumnOrder;
use crate::web::listing::Column;

pub(super) const COLUMNS: [Column<JobOrder>; 6] = [
    Column::new("job", "Job").fixed(),
    Column::new("state", "State").sorted(orders(
        JobColumn::State,
        ["State, running first", "State, ended first"],
    )),
    Column::new("result", "Result"),
    Column::new("person", "Person").sorted(orders(
        JobColumn::Person,
        ["Person, A to Z", "Person, Z to A"],
    )),
    Column::new("started", "Started").sorted(orders(
        JobColumn::Started,
        ["Started, oldest first", "Started, newest first"],
    )),
    Column::new("ended", "Ended").optional().sorted(orders(
        JobColumn::Ended,
        ["Ended, oldest first", "Ended, newest first"],
    )),
];

const fn orders(
    by: JobColumn,
    [ascending, descending]: [&'static str; 2],
) -> [(JobOrder, &'static str); 2] {
    let [up, down] = ColumnOrder::both(by);
    [(JobOrder(up), ascending), (JobOrder(down), descending)]
}
