//! inequality: how unevenly the year's hospital fees fall on patients. Mode block.
//!
//! Table: hospital_visits (resident_id, fee_total), sorted by person.
//! Coordinates: gini (coefficient of what patients pay in a year), top_tenth (what the tenth of them with the highest fees
//! pay, as a share of all; a tenth is rounded up), median (yuan a year; the lower of two).
#![no_std]

#[path = "../../../guest/rust/yumen.rs"]
mod yumen;

yumen::module!(3, run);

fn run(record: &yumen::Record, out: &mut yumen::Out) -> u32 {
    let totals = by_person(record);
    totals.sort_unstable();
    let n = totals.len();
    let (mut all, mut weighted, mut top) = (0f64, 0f64, 0f64);
    for (i, &cents) in totals.iter().enumerate() {
        all += cents as f64;
        weighted += (i + 1) as f64 * cents as f64;
        if i >= n - (n + 9) / 10 {
            top += cents as f64;
        }
    }
    // 0/0 in a block without patients is NaN: the declared default.
    out.double(0, 2.0 * weighted / (n as f64 * all) - (n + 1) as f64 / n as f64);
    out.double(1, top / all);
    out.double(2, totals[(n - 1) / 2] as f64 / 100.0);
    0
}

/// What each person paid, in cents.
fn by_person(record: &yumen::Record) -> &'static mut [i64] {
    let rows = record.rows(0);
    let totals = yumen::room(rows);
    let (mut n, mut last) = (0, None);
    for row in 0..rows {
        let person = record.integer(0, 0, row);
        if row == 0 || person != last {
            n += 1;
            last = person;
        }
        totals[n - 1] += record.integer(0, 1, row).unwrap_or(0);
    }
    &mut totals[..n]
}
