//! Forms on their way to the upload host, and those that do not get there whole.

use crate::office::{Office, send};
use axum::body::Body;
use axum::http::{Request, header};
use rstest::rstest;

const PATH: &str = "--cut\r\nContent-Disposition: form-data; name=\"uploadPath\"\r\n\r\n";
const FILE: &str = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";

async fn upload(form: String, told: Option<u64>) -> (u16, String) {
    let office = Office::new();
    let mut request = Request::post("/api/file-stream-upload")
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
    if let Some(len) = told {
        request = request.header(header::CONTENT_LENGTH, len);
    }
    let answer = send(&office.router, request.body(Body::from(form)).unwrap()).await;
    (answer.status.as_u16(), answer.json()["msg"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_whole_form_arrives() {
    let form = format!("{PATH}veo\r\n{FILE}bytes\r\n--cut--\r\n");
    assert_eq!(upload(form, None).await, (200, "File uploaded successfully".to_owned()));
}

#[rstest]
#[case(format!("{PATH}{}\r\n{FILE}bytes\r\n--cut--\r\n", "x".repeat(5000)), None, 413)]
#[case(format!("{PATH}veo\r\n{FILE}bytes\r\n--cut--\r\n"), Some((100 << 20) + 1), 413)]
#[case(format!("{PATH}veo\r\n{FILE}bytes"), None, 400)]
#[case(format!("{PATH}veo\r\n--cut\r\nno head"), None, 400)]
#[case("no form at all".to_owned(), None, 400)]
#[tokio::test]
async fn what_the_client_did_wrong_is_not_the_provider_s_fault(
    #[case] form: String,
    #[case] told: Option<u64>,
    #[case] status: u16,
) {
    let answer = upload(form, told).await;
    assert_eq!(answer.0, status, "{answer:?}");
}
