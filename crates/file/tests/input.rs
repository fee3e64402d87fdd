//! Files that are read: what is not one, and one that changes meanwhile.

use std::fs::{self, File};
use std::os::fd::AsFd;

use sharray_file::{Input, Monitor, Region};
use tempfile::tempdir;

#[test]
fn a_file_that_is_cut_while_it_is_read_has_changed() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("x");
    fs::write(&path, [7; 1000]).unwrap();
    let input = Input::open(path.to_str().unwrap()).unwrap();
    assert_eq!(
        (input.size(), input.read(990, 100).unwrap()),
        (1000, vec![7; 10])
    );
    let to = tempfile::tempfile().unwrap();
    let region = Region {
        fd: to.as_fd(),
        offset: 0,
    };
    input.copy_to(10, region, 990, &Monitor::default()).unwrap();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(500)
        .unwrap();
    let error = input
        .copy_to(10, region, 990, &Monitor::default())
        .unwrap_err();
    assert_eq!(
        (error.code, error.file.as_deref()),
        ("INPUT_CHANGED", path.to_str())
    );
}

#[test]
fn what_is_no_file_is_not_opened() {
    let folder = tempdir().unwrap();
    let code = |path: &str| Input::open(path).unwrap_err().code;
    assert_eq!(code(folder.path().to_str().unwrap()), "IS_DIRECTORY");
    assert_eq!(
        code(folder.path().join("none").to_str().unwrap()),
        "FILE_NOT_FOUND"
    );
    assert_eq!(code("/dev/null"), "NOT_SUPPORTED");
}
