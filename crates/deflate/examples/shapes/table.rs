//! Records of a CSV file: texts padded to the longest, whole numbers as i4, others as f8.

/// The records, and the size of one.
pub fn records(text: &str) -> (Vec<u8>, usize) {
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(fields).collect();
    let columns = rows.first().map_or(0, Vec::len);
    let mut records = vec![Vec::new(); rows.len()];
    for column in 0..columns {
        let cells: Vec<&str> = rows
            .iter()
            .map(|row| row.get(column).copied().unwrap_or(""))
            .collect();
        let is = |test: fn(&str) -> bool| cells.iter().all(|cell| test(cell));
        let longest = cells.iter().map(|cell| cell.len()).max().unwrap_or(0);
        let integers = longest > 0 && is(|cell| cell.is_empty() || cell.parse::<i32>().is_ok());
        let numbers = longest > 0 && is(|cell| cell.is_empty() || cell.parse::<f64>().is_ok());
        for (record, cell) in records.iter_mut().zip(&cells) {
            if integers {
                record.extend(cell.parse().unwrap_or(0i32).to_le_bytes());
            } else if numbers {
                record.extend(cell.parse().unwrap_or(f64::NAN).to_le_bytes());
            } else {
                record.extend(cell.bytes().chain(std::iter::repeat(0)).take(longest));
            }
        }
    }
    let size = records.first().map_or(1, Vec::len);
    (records.concat(), size)
}

/// The fields of a line, quotes taken off.
fn fields(line: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, byte) in line.bytes().chain([b',']).enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                fields.push(line[start..at].trim_matches('"'));
                start = at + 1;
            }
            _ => {}
        }
    }
    fields
}
