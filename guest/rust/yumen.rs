//! What a module in mode map or block is given and gives back. docs/wasm.md describes both byte by byte.
//!
//! Needs neither std nor alloc. In the crate's one file, say `mod yumen;` and
//!
//! ```ignore
//! yumen::module!(2, run);
//! fn run(record: &yumen::Record, out: &mut yumen::Out) -> u32 {
//!     out.integer(0, record.rows(0) as i64);
//!     out.double(1, record.integer(0, 0, 0).unwrap_or(0) as f64);
//!     0 // the group; 0 in mode block
//! }
//! ```
//!
//! Tables, columns and rows are counted from 0, columns in the order in which the job declares them. Asking for one that is
//! not there ends the call, and the unit or block counts with its default.
#![allow(dead_code)]

use core::{arch::wasm32, convert::TryInto, mem, slice, str};

/// The rows of one unit, or of all units of one block.
pub struct Record(&'static [u8]);

impl Record {
    fn u32(&self, at: usize) -> usize {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap()) as usize
    }

    /// The number of rows of a table.
    pub fn rows(&self, table: usize) -> usize {
        self.u32(8 + 16 * table)
    }

    fn cell(&self, table: usize, column: usize, row: usize) -> Option<[u8; 8]> {
        let head = 8 + 16 * table;
        let (rows, columns) = (self.u32(head), self.u32(head + 4));
        assert!(row < rows && column < columns);
        let i = column * rows + row;
        if self.0[self.u32(head + 12) + i] != 0 {
            return None;
        }
        let at = self.u32(head + 8) + 8 * i;
        Some(self.0[at..at + 8].try_into().unwrap())
    }

    /// An integer; a boolean as 0 or 1; a date as days, a timestamp as microseconds since 1970-01-01; a decimal of up to 18
    /// digits as its digits without the point. None where the cell is null.
    pub fn integer(&self, table: usize, column: usize, row: usize) -> Option<i64> {
        self.cell(table, column, row).map(i64::from_le_bytes)
    }

    /// A double, or a decimal of more than 18 digits. None where the cell is null.
    pub fn double(&self, table: usize, column: usize, row: usize) -> Option<f64> {
        self.cell(table, column, row).map(f64::from_le_bytes)
    }

    /// A text. None where the cell is null.
    pub fn text(&self, table: usize, column: usize, row: usize) -> Option<&'static str> {
        let c = self.cell(table, column, row)?;
        let (at, n) = (u32::from_le_bytes(c[..4].try_into().unwrap()) as usize, u32::from_le_bytes(c[4..].try_into().unwrap()) as usize);
        Some(str::from_utf8(&self.0[at..at + n]).unwrap())
    }
}

/// What the module returns: one number for each declared coordinate.
pub struct Out<'a>(pub &'a mut [u64]);

impl<'a> Out<'a> {
    /// Sets a coordinate that is declared as integer.
    pub fn integer(&mut self, i: usize, v: i64) {
        self.0[i] = v as u64;
    }

    /// Sets a coordinate that is declared as double.
    pub fn double(&mut self, i: usize, v: f64) {
        self.0[i] = v.to_bits();
    }
}

extern "C" {
    static __heap_base: u8;
}

static mut TOP: usize = 0;

/// Room for n values, all zero. It is never given back: the next call finds the memory as it was.
pub fn room(n: usize) -> &'static mut [i64] {
    unsafe {
        if TOP == 0 {
            TOP = (&__heap_base as *const u8 as usize + 7) & !7;
        }
        let (at, size) = (TOP, n * mem::size_of::<i64>());
        TOP += size;
        let (pages, have) = ((TOP + 65535) / 65536, wasm32::memory_size(0));
        if pages > have && wasm32::memory_grow(0, pages - have) == usize::MAX {
            wasm32::unreachable();
        }
        slice::from_raw_parts_mut(at as *mut i64, n)
    }
}

/// Makes a record of what the host has written.
///
/// # Safety
/// There must be a record of that size at that address.
pub unsafe fn record(at: *const u8, size: usize) -> Record {
    Record(slice::from_raw_parts(at, size))
}

/// Exports what the host calls, around a function from a record to coordinates and a group.
macro_rules! module {
    ($coordinates:expr, $run:path) => {
        #[no_mangle]
        pub extern "C" fn yumen_alloc(size: usize) -> *mut i64 {
            yumen::room((size + 7) / 8).as_mut_ptr()
        }

        #[no_mangle]
        pub unsafe extern "C" fn yumen_map(at: *const u8, size: usize) -> u64 {
            static mut RESULT: [u64; 1 + $coordinates] = [0; 1 + $coordinates];
            RESULT[0] = $run(&yumen::record(at, size), &mut yumen::Out(&mut RESULT[1..])) as u64;
            (RESULT.as_ptr() as u64) << 32 | (8 * RESULT.len()) as u64
        }

        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo) -> ! {
            core::arch::wasm32::unreachable()
        }
    };
}
pub(crate) use module;
