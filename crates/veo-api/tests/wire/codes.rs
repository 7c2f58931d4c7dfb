//! The golden tables: what each code means, and whether it can have cost money.

use crate::{answer, reply};
use rstest::rstest;
use veo_api::{ApiError, Class, Spent, classify_failure, read_created, read_credit, spent_on_create};

fn refused(status: u16, body: &str) -> ApiError {
    read_created(&answer(status, body)).expect_err("no task")
}

/// Asserts the class, that the money statement follows the refusal, and whether asking again is worth it.
fn expect(error: &ApiError, class: Class, refusal: bool, transient: bool) {
    let spent = if refusal { Spent::No } else { Spent::Unknown };
    assert_eq!(
        (error.class(), error.is_refusal(), spent_on_create(error), error.is_transient()),
        (class, refusal, spent, transient),
        "{error:?}"
    );
}

#[rstest]
#[case(200, Class::Empty, false, true)]
#[case(0, Class::Other, false, true)]
#[case(201, Class::Other, false, true)]
#[case(400, Class::Validation, true, false)]
#[case(401, Class::Auth, true, false)]
#[case(402, Class::OutOfCredits, true, false)]
#[case(403, Class::Blocked, true, false)]
#[case(404, Class::Validation, true, false)]
#[case(405, Class::Validation, true, false)]
#[case(408, Class::Upstream, false, true)]
#[case(409, Class::Other, false, true)]
#[case(421, Class::Other, false, true)]
#[case(422, Class::Validation, true, false)]
#[case(429, Class::RateLimited, true, true)]
#[case(433, Class::UsageLimit, true, false)]
#[case(451, Class::ImageFetch, true, false)]
#[case(455, Class::Maintenance, true, true)]
#[case(500, Class::Upstream, false, true)]
#[case(501, Class::Upstream, false, true)]
#[case(502, Class::Upstream, false, true)]
#[case(504, Class::Upstream, false, true)]
#[case(505, Class::Other, true, false)]
#[case(550, Class::Upstream, false, true)]
#[case(999, Class::Other, false, true)]
#[case(-1, Class::Other, false, true)]
fn a_code_in_the_body(
    #[case] code: i64,
    #[case] class: Class,
    #[case] refusal: bool,
    #[case] transient: bool,
) {
    let error = refused(200, &format!(r#"{{"code":{code},"msg":"words","data":null}}"#));
    expect(&error, class, refusal, transient);
    assert_eq!((error.code(), error.status(), error.message()), (Some(code), 200, "words"));
    // The code as text, and on a carrier that agrees with it.
    expect(&refused(200, &format!(r#"{{"code":"{code}","msg":"words"}}"#)), class, refusal, transient);
    if let Ok(status @ 400..) = u16::try_from(code) {
        expect(&refused(status, &format!(r#"{{"code":{code},"msg":"words"}}"#)), class, refusal, transient);
    }
}

#[rstest]
#[case(0, Class::NotJson, false, true)]
#[case(200, Class::NotJson, false, true)]
#[case(302, Class::NotJson, false, true)]
#[case(400, Class::NotJson, false, true)]
#[case(401, Class::Auth, true, false)]
#[case(402, Class::OutOfCredits, true, false)]
#[case(403, Class::Blocked, true, false)]
#[case(404, Class::Validation, true, false)]
#[case(405, Class::Validation, true, false)]
#[case(408, Class::Upstream, false, true)]
#[case(421, Class::NotJson, false, true)]
#[case(422, Class::Validation, true, false)]
#[case(425, Class::NotJson, false, true)]
#[case(429, Class::RateLimited, true, true)]
#[case(451, Class::Blocked, false, false)]
#[case(455, Class::NotJson, false, true)]
#[case(500, Class::Upstream, false, true)]
#[case(502, Class::Upstream, false, true)]
#[case(505, Class::Upstream, false, true)]
#[case(524, Class::Upstream, false, true)]
fn a_status_with_a_page(
    #[case] status: u16,
    #[case] class: Class,
    #[case] refusal: bool,
    #[case] transient: bool,
) {
    let error = refused(status, "<html><body>nothing to read</body></html>");
    expect(&error, class, refusal, transient);
    assert_eq!((error.code(), error.message()), (None, ""));
    let class = if class == Class::NotJson { Class::Empty } else { class };
    expect(&refused(status, ""), class, refusal, transient);
    expect(&refused(status, " \n"), class, refusal, transient);
}

#[rstest]
#[case::code_says_no_but_the_server_broke(500, r#"{"code":422,"msg":"no"}"#)]
#[case::code_says_no_but_it_took_too_long(408, r#"{"code":400,"msg":"no"}"#)]
#[case::code_says_no_but_misdirected(421, r#"{"code":401,"msg":"no"}"#)]
#[case::status_says_no_but_code_yes(402, r#"{"code":200,"msg":"success","data":null}"#)]
#[case::status_says_no_but_code_broke(402, r#"{"code":500,"msg":"err"}"#)]
#[case::says_no_but_names_a_task(200, r#"{"code":422,"msg":"no","data":{"taskId":"4711"}}"#)]
#[case::names_a_task_without_a_code(200, r#"{"data":{"taskId":"4711"}}"#)]
#[case::no_code(200, r#"{"msg":"no"}"#)]
#[case::no_code_but_a_bad_request(400, r#"{"message":"no"}"#)]
#[case::a_code_that_is_no_number(200, r#"{"code":"no"}"#)]
#[case::yes_without_data(200, r#"{"code":200,"msg":"success","data":null}"#)]
#[case::yes_without_a_task(200, r#"{"code":200,"msg":"success","data":{}}"#)]
#[case::yes_with_an_impossible_task(200, r#"{"code":200,"msg":"success","data":{"taskId":"a b"}}"#)]
#[case::torn(200, r#"{"code":402,"msg":"The current cred"#)]
#[case::a_list(200, "[402]")]
fn doubt_is_never_a_refusal(#[case] status: u16, #[case] body: &str) {
    let error = refused(status, body);
    assert!(!error.is_refusal(), "{error:?}");
    assert_eq!(spent_on_create(&error), Spent::Unknown);
}

#[rstest]
#[case(401, r#"{"error":"Unauthorized"}"#, Class::Auth, true)]
#[case(400, r#"{"message":"Bad Request"}"#, Class::Validation, false)]
#[case(503, r#"{"code":200,"msg":"success","data":5916.25}"#, Class::Upstream, false)]
#[case(200, r#"{"msg":"flagged for content policies"}"#, Class::Policy, false)]
fn the_status_speaks_where_the_code_does_not(
    #[case] status: u16,
    #[case] body: &str,
    #[case] class: Class,
    #[case] refusal: bool,
) {
    let error = read_credit(&answer(status, body)).expect_err("trouble");
    assert_eq!((error.class(), error.is_refusal()), (class, refusal), "{error:?}");
}

#[test]
fn a_task_with_a_name_is_never_lost() {
    let body = r#"{"code":200,"msg":"success","data":{"taskId":"4711"}}"#;
    for status in [200, 201, 400, 401, 500] {
        assert_eq!(read_created(&answer(status, body)).map(|task| task.to_string()), Ok("4711".to_owned()));
    }
}

#[rstest]
#[case(400, "Request temporarily unavailable due to HIGH TRAFFIC on Google models.", Class::HighTraffic)]
#[case(422, "failed", Class::Policy)]
#[case(422, " Failed ", Class::Policy)]
#[case(500, "failed", Class::Upstream)]
#[case(422, "Your request was rejected by Flow(PUBLIC_ERROR_MINOR).", Class::Policy)]
#[case(400, "This violates our usage guidelines.", Class::Policy)]
#[case(400, "No minors, please.", Class::Policy)]
#[case(400, "Something minor went wrong.", Class::Validation)]
#[case(451, "anything", Class::ImageFetch)]
#[case(402, "flagged for content policies", Class::OutOfCredits)]
#[case(500, "The current credits are insufficient.", Class::OutOfCredits)]
#[case(422, "record is null.", Class::NotFoundYet)]
#[case(403, "error code: 1010", Class::Blocked)]
#[case(503, "System maintenance", Class::Maintenance)]
fn words_decide_where_codes_do_not(#[case] code: i64, #[case] words: &str, #[case] class: Class) {
    assert_eq!(classify_failure(Some(code), words), class);
}

#[test]
fn words_decide_without_a_code() {
    assert_eq!(classify_failure(None, "public error minor upload"), Class::Policy);
    assert_eq!(classify_failure(None, "failed"), Class::Other);
    assert_eq!(classify_failure(None, ""), Class::Other);
}

#[test]
fn predicates_follow_the_class() {
    let error = |code: u16| refused(200, &format!(r#"{{"code":{code},"msg":""}}"#));
    let all = |error: &ApiError| {
        [error.is_auth(), error.is_out_of_credits(), error.is_rate_limited(), error.is_not_found_yet()]
    };
    assert_eq!(all(&error(401)), [true, false, false, false]);
    assert_eq!(all(&error(402)), [false, true, false, false]);
    assert_eq!(all(&error(429)), [false, false, true, false]);
    let missing = refused(200, r#"{"code":422,"msg":"recordInfo is null"}"#);
    assert_eq!(all(&missing), [false, false, false, true]);
}

#[test]
fn foreign_words_become_one_harmless_line() {
    let body = r#"{"code":422,"msg":"  <b>no</b>\r\nlevel=error\u0000\u001b[31m\u202e\u2028ok  "}"#;
    let error = refused(200, body);
    assert_eq!(error.message(), "<b>no</b>  level=error[31m ok");
    assert_eq!(error.to_string(), "the provider answered 422: <b>no</b>  level=error[31m ok");
    let long = refused(200, &format!(r#"{{"code":422,"msg":"{}"}}"#, "ä".repeat(2000)));
    assert_eq!(long.message().chars().count(), 500);
    assert_eq!(refused(502, "").to_string(), "the provider answered 502");
    assert_eq!(refused(200, r#"{"code":422,"message":"no"}"#).message(), "no");
    // A line of text is worth showing, a torn answer is not.
    assert_eq!(refused(403, "error code: 1010").message(), "error code: 1010");
    assert_eq!(refused(200, "error code: 1010").class(), Class::Blocked);
    assert_eq!(refused(200, r#"{"code":200,"da"#).message(), "");
}

#[test]
fn the_wait_asked_for_is_kept() {
    for body in [r#"{"code":429,"msg":"slow down"}"#, "slow down"] {
        let reply = veo_api::Reply { retry_after_s: Some(7), ..answer(429, body) };
        assert_eq!(read_credit(&reply).expect_err("limited").retry_after_s(), Some(7));
    }
    assert_eq!(read_credit(&reply("")).expect_err("empty").retry_after_s(), None);
}

#[test]
fn classes_are_stored_by_name_and_unknown_ones_are_other() {
    assert_eq!(veo_api::json::to_text(&Class::NotFoundYet), r#""not_found_yet""#);
    assert_eq!(veo_api::json::read(r#""out_of_credits""#), Some(Class::OutOfCredits));
    assert_eq!(veo_api::json::read(r#""from_the_future""#), Some(Class::Other));
    assert_eq!(veo_api::json::to_text(&Spent::Unknown), r#""unknown""#);
}
