-- What the migrations make of an empty database. Written by ./hilfefrei structure, never by hand.
-- applied: accounts.0001_initial
-- applied: account.0001_initial
-- applied: account.0002_email_max_length
-- applied: account.0003_alter_emailaddress_create_unique_verified_email
-- applied: account.0004_alter_emailaddress_drop_unique_email
-- applied: account.0005_emailaddress_idx_upper_email
-- applied: account.0006_emailaddress_lower
-- applied: account.0007_emailaddress_idx_email
-- applied: account.0008_emailaddress_unique_primary_email_fixup
-- applied: account.0009_emailaddress_unique_primary_email
-- applied: accounts.0002_password_given
-- applied: accounts.0003_identity
-- applied: accounts.0004_reset_on_the_machine
-- applied: audit.0001_initial
-- applied: audit.0002_inquiries
-- applied: audit.0003_accesses_of_a_person
-- applied: contenttypes.0001_initial
-- applied: contenttypes.0002_remove_content_type_name
-- applied: auth.0001_initial
-- applied: auth.0002_alter_permission_name_max_length
-- applied: auth.0003_alter_user_email_max_length
-- applied: auth.0004_alter_user_username_opts
-- applied: auth.0005_alter_user_last_login_null
-- applied: auth.0006_require_contenttypes_0002
-- applied: auth.0007_alter_validators_add_error_messages
-- applied: auth.0008_alter_user_username_max_length
-- applied: auth.0009_alter_user_last_name_max_length
-- applied: auth.0010_alter_group_name_max_length
-- applied: auth.0011_update_proxy_permissions
-- applied: auth.0012_alter_user_first_name_max_length
-- applied: org.0001_initial
-- applied: people.0001_initial
-- applied: org.0002_privacy_first
-- applied: people.0002_foreign_errors
-- applied: people.0003_child_in_two_households
-- applied: people.0004_limited
-- applied: people.0005_found_quickly
-- applied: org.0003_via_from
-- applied: org.0004_identity
-- applied: org.0005_api_access
-- applied: benefits.0001_initial
-- applied: benefits.0002_waiting_reports
-- applied: benefits.0003_declarations
-- applied: benefits.0004_written_hint
-- applied: benefits.0005_deliveries
-- applied: benefits.0006_contradictions
-- applied: benefits.0007_decision_of_a_period
-- applied: benefits.0008_reference_in_capitals
-- applied: benefits.0009_housing_limits
-- applied: benefits.0010_calculations
-- applied: vacancies.0001_initial
-- applied: intake.0001_initial
-- applied: intake.0002_leave_calls
-- applied: intake.0003_calls
-- applied: intake.0004_leave_mended
-- applied: intake.0005_earlier_declarations
-- applied: intake.0006_follow_up
-- applied: intake.0007_by_day
-- applied: intake.0008_leave_estimate
-- applied: mfa.0001_initial
-- applied: mfa.0002_authenticator_timestamps
-- applied: mfa.0003_authenticator_type_uniq
-- applied: privacy.0001_initial
-- applied: privacy.0002_erasure_wish
-- applied: reporting.0001_comparison
-- applied: reporting.0002_month
-- applied: sessions.0001_initial
-- applied: socialaccount.0001_initial
-- applied: socialaccount.0002_token_max_lengths
-- applied: socialaccount.0003_extra_data_default_dict
-- applied: socialaccount.0004_app_provider_id_settings
-- applied: socialaccount.0005_socialtoken_nullable_app
-- applied: socialaccount.0006_alter_socialaccount_extra_data
-- applied: vacancies.0002_deliveries
-- applied: vacancies.0003_newest_first

CREATE TABLE "account_emailaddress" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "verified" bool NOT NULL, "primary" bool NOT NULL, "user_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "email" varchar(254) NOT NULL);
CREATE TABLE "account_emailconfirmation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "created" datetime NOT NULL, "sent" datetime NULL, "key" varchar(64) NOT NULL UNIQUE, "email_address_id" integer NOT NULL REFERENCES "account_emailaddress" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_emergencyseal" ("jobcenter_id" char(32) NOT NULL, "id" char(32) NOT NULL PRIMARY KEY, "sealed_at" datetime NOT NULL, "used_at" datetime NULL, "ends_at" datetime NULL, "ended_at" datetime NULL, "operator_saw_at" datetime NULL, "privacy_saw_at" datetime NULL, "login_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "sealed_by_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_loginsession" ("id" char(32) NOT NULL PRIMARY KEY, "session_key" varchar(40) NOT NULL UNIQUE, "device" varchar(60) NOT NULL, "address" varchar(45) NOT NULL, "since" datetime NOT NULL, "seen_at" datetime NOT NULL, "user_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_user" ("password" varchar(128) NOT NULL, "last_login" datetime NULL, "id" char(32) NOT NULL PRIMARY KEY, "jobcenter_id" char(32) NOT NULL, "username" varchar(60) NOT NULL UNIQUE, "first_name" varchar(60) NOT NULL, "last_name" varchar(60) NOT NULL, "phone" varchar(40) NOT NULL, "email" varchar(254) NOT NULL, "is_active" bool NOT NULL, "is_demo" bool NOT NULL, "must_change" bool NOT NULL, "password_given_at" datetime NULL, "closed_because" varchar(10) NOT NULL, "factor_reset_at" datetime NULL, "is_emergency" bool NOT NULL, "issuer" varchar(200) NOT NULL, "subject" varchar(255) NOT NULL, "reset_at" datetime NULL, "reset_operator_saw_at" datetime NULL, "reset_privacy_saw_at" datetime NULL);
CREATE TABLE "audit_accessevent" ("jobcenter_id" char(32) NOT NULL, "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "actor_id" char(32) NOT NULL, "kind" varchar(10) NOT NULL, "page" varchar(80) NOT NULL, "person_ids" text NOT NULL CHECK ((JSON_VALID("person_ids") OR "person_ids" IS NULL)), "at" datetime NOT NULL);
CREATE TABLE "audit_accessinquiry" ("jobcenter_id" char(32) NOT NULL, "id" char(32) NOT NULL PRIMARY KEY, "about" varchar(6) NOT NULL, "about_id" char(32) NOT NULL, "cause" varchar(300) NOT NULL, "first_day" date NOT NULL, "last_day" date NOT NULL, "state" varchar(7) NOT NULL, "asked_by" char(32) NOT NULL, "asked_as" varchar(20) NOT NULL, "asked_at" datetime NOT NULL, "answered_by" char(32) NULL, "answered_at" datetime NULL, "answer" varchar(300) NOT NULL, "open_until" date NULL, "closed_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0));
CREATE TABLE "audit_accessseal" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "jobcenter_id" char(32) NOT NULL, "first_id" bigint NOT NULL, "last_id" bigint NOT NULL, "count" integer NOT NULL, "hash" varchar(64) NOT NULL, "event_id" char(32) NOT NULL);
CREATE TABLE "audit_chainhead" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "jobcenter_id" char(32) NOT NULL, "seq" bigint NOT NULL, "hash" varchar(64) NOT NULL, CONSTRAINT "one_chain_head_per_jobcenter" UNIQUE ("jobcenter_id"));
CREATE TABLE "audit_event" ("jobcenter_id" char(32) NOT NULL, "id" char(32) NOT NULL PRIMARY KEY, "seq" bigint NOT NULL, "verb" varchar(80) NOT NULL, "actor_kind" varchar(10) NOT NULL, "actor_id" char(32) NOT NULL, "object_kind" varchar(60) NOT NULL, "object_id" char(32) NOT NULL, "subject_id" char(32) NULL, "fields" text NOT NULL CHECK ((JSON_VALID("fields") OR "fields" IS NULL)), "at" datetime NOT NULL, "recorded_at" datetime NOT NULL, "payload_hash" varchar(64) NOT NULL, "prev_hash" varchar(64) NOT NULL, "hash" varchar(64) NOT NULL, CONSTRAINT "event_seq_unique" UNIQUE ("jobcenter_id", "seq"));
CREATE TABLE "audit_eventpayload" ("jobcenter_id" char(32) NOT NULL, "event_id" char(32) NOT NULL PRIMARY KEY, "salt" varchar(32) NOT NULL, "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)));
CREATE TABLE "audit_operation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "jobcenter_id" char(32) NOT NULL, "actor_id" char(32) NOT NULL, "op" char(32) NOT NULL, "verb" varchar(80) NOT NULL, "result_id" char(32) NULL, "at" datetime NOT NULL, CONSTRAINT "operation_once_per_actor" UNIQUE ("actor_id", "op"));
CREATE TABLE "audit_outbox" ("jobcenter_id" char(32) NOT NULL, "id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(60) NOT NULL, "key" varchar(120) NOT NULL, "payload" text NOT NULL CHECK ((JSON_VALID("payload") OR "payload" IS NULL)), "created_at" datetime NOT NULL, "done_at" datetime NULL, "tries" integer NOT NULL, "next_try_at" datetime NULL, "last_error" varchar(300) NOT NULL, CONSTRAINT "outbox_once" UNIQUE ("jobcenter_id", "kind", "key"));
CREATE TABLE "auth_group" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(150) NOT NULL UNIQUE);
CREATE TABLE "auth_group_permissions" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "auth_permission" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "content_type_id" integer NOT NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "codename" varchar(100) NOT NULL, "name" varchar(255) NOT NULL);
CREATE TABLE "benefits_application" ("id" char(32) NOT NULL PRIMARY KEY, "asked_at" datetime NOT NULL, "time_source" varchar(80) NOT NULL, "effect_from" date NOT NULL, "channel" varchar(12) NOT NULL, "asked_by" varchar(120) NOT NULL, "recorded_at" datetime NOT NULL, "reference" varchar(20) NOT NULL, "sent_at" datetime NULL, "confirmed_at" datetime NULL, "file_number" varchar(30) NOT NULL, "receipt_at" datetime NULL, "complete_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "applicant_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "benefit_unit_id" char(32) NOT NULL REFERENCES "people_benefitunit" ("id") DEFERRABLE INITIALLY DEFERRED, "confirmed_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "recorded_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "application_reference_once" UNIQUE ("jobcenter_id", "reference"));
CREATE TABLE "benefits_applicationoutcome" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(9) NOT NULL, "decided_on" date NOT NULL, "granted_from" date NULL, "granted_to" date NULL, "provisional" bool NOT NULL, "source" varchar(120) NOT NULL, "recorded_at" datetime NOT NULL, "revoked_at" datetime NULL, "revoked_reason" varchar(200) NOT NULL, "application_id" char(32) NOT NULL REFERENCES "benefits_application" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "recorded_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "hint_on" date NULL, "hint_until" date NULL);
CREATE TABLE "benefits_basis" ("id" char(32) NOT NULL PRIMARY KEY, "number" integer unsigned NOT NULL CHECK ("number" >= 0), "household" text NOT NULL CHECK ((JSON_VALID("household") OR "household" IS NULL)), "valid_from" date NOT NULL, "valid_to" date NULL, "source" varchar(6) NOT NULL, "source_detail" varchar(120) NOT NULL, "recorded_at" datetime NOT NULL, "revoked_at" datetime NULL, "revoked_reason" varchar(200) NOT NULL, "application_id" char(32) NULL REFERENCES "benefits_application" ("id") DEFERRABLE INITIALLY DEFERRED, "benefit_unit_id" char(32) NOT NULL REFERENCES "people_benefitunit" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "recorded_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "basis_number_once" UNIQUE ("benefit_unit_id", "number"), CONSTRAINT "basis_period" CHECK (("valid_to" IS NULL OR "valid_to" >= ("valid_from"))));
CREATE TABLE "benefits_calculation" ("id" char(32) NOT NULL PRIMARY KEY, "number" integer unsigned NOT NULL CHECK ("number" >= 0), "month" date NOT NULL, "law_state" varchar(40) NOT NULL, "law_sum" varchar(64) NOT NULL, "benefit" varchar(40) NOT NULL, "claim_cents" bigint NULL, "supplement_cents" bigint NULL, "result" text NOT NULL CHECK ((JSON_VALID("result") OR "result" IS NULL)), "steps" text NOT NULL CHECK ((JSON_VALID("steps") OR "steps" IS NULL)), "calculated_at" datetime NOT NULL, "basis_id" char(32) NOT NULL REFERENCES "benefits_basis" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "calculation_once_per_month" UNIQUE ("basis_id", "month", "law_sum"));
CREATE TABLE "benefits_contradiction" ("id" char(32) NOT NULL PRIMARY KEY, "what" varchar(11) NOT NULL, "ours" varchar(160) NOT NULL, "theirs" varchar(160) NOT NULL, "since" date NOT NULL, "settled_on" date NULL, "application_id" char(32) NULL REFERENCES "benefits_application" ("id") DEFERRABLE INITIALLY DEFERRED, "delivery_id" char(32) NOT NULL REFERENCES "benefits_delivery" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "settled_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "benefits_decision" ("id" char(32) NOT NULL PRIMARY KEY, "reference" varchar(20) NOT NULL, "kind" varchar(9) NOT NULL, "decided_on" date NOT NULL, "granted_from" date NULL, "granted_to" date NULL, "provisional" bool NOT NULL, "application_id" char(32) NULL REFERENCES "benefits_application" ("id") DEFERRABLE INITIALLY DEFERRED, "benefit_unit_id" char(32) NOT NULL REFERENCES "people_benefitunit" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "decision_key" UNIQUE ("benefit_unit_id", "decided_on", "kind", "granted_from"));
CREATE TABLE "benefits_declaration" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(9) NOT NULL, "signed_on" date NULL, "representative" varchar(120) NOT NULL, "declared_at" datetime NOT NULL, "confirmed_at" datetime NULL, "application_id" char(32) NOT NULL REFERENCES "benefits_application" ("id") DEFERRABLE INITIALLY DEFERRED, "confirmed_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "declared_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "benefits_delivery" ("id" char(32) NOT NULL PRIMARY KEY, "file_name" varchar(200) NOT NULL, "sha256" varchar(64) NOT NULL, "sender" varchar(80) NOT NULL, "kind" varchar(10) NOT NULL, "as_of" date NULL, "is_complete" bool NOT NULL, "state" varchar(9) NOT NULL, "uploaded_at" datetime NOT NULL, "applied_at" datetime NULL, "undone_at" datetime NULL, "counts" text NOT NULL CHECK ((JSON_VALID("counts") OR "counts" IS NULL)), "refusal" varchar(400) NOT NULL, "refusal_code" varchar(20) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "uploaded_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "step" varchar(80) NOT NULL);
CREATE TABLE "benefits_deliveryrow" ("id" char(32) NOT NULL PRIMARY KEY, "table" varchar(24) NOT NULL, "line" integer unsigned NOT NULL CHECK ("line" >= 0), "key" varchar(120) NOT NULL, "state" varchar(9) NOT NULL, "reasons" text NOT NULL CHECK ((JSON_VALID("reasons") OR "reasons" IS NULL)), "codes" varchar(200) NOT NULL, "raw" text NOT NULL CHECK ((JSON_VALID("raw") OR "raw" IS NULL)), "before" text NOT NULL CHECK ((JSON_VALID("before") OR "before" IS NULL)), "object_id" char(32) NULL, "delivery_id" char(32) NOT NULL REFERENCES "benefits_delivery" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)));
CREATE TABLE "benefits_deliveryturn" ("id" char(32) NOT NULL PRIMARY KEY, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "one_delivery_turn" UNIQUE ("jobcenter_id"));
CREATE TABLE "benefits_housinglimits" ("id" char(32) NOT NULL PRIMARY KEY, "valid_from" date NOT NULL, "cold_cents" text NOT NULL CHECK ((JSON_VALID("cold_cents") OR "cold_cents" IS NULL)), "heating_cents" text NOT NULL CHECK ((JSON_VALID("heating_cents") OR "heating_cents" IS NULL)), "source" varchar(200) NOT NULL, "reason" varchar(300) NOT NULL, "recorded_at" datetime NOT NULL, "replaced_at" datetime NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "recorded_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "benefits_integration" ("id" char(32) NOT NULL PRIMARY KEY, "started_on" date NOT NULL, "kind" varchar(9) NOT NULL, "way" varchar(8) NOT NULL, "ended_on" date NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "integration_key" UNIQUE ("person_id", "started_on", "kind"));
CREATE TABLE "benefits_monthlyamount" ("id" char(32) NOT NULL PRIMARY KEY, "month" date NOT NULL, "llu_cents" bigint NOT NULL, "luh_cents" bigint NOT NULL, "benefit_unit_id" char(32) NOT NULL REFERENCES "people_benefitunit" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "amount_key" UNIQUE ("benefit_unit_id", "month"));
CREATE TABLE "benefits_officer" ("id" char(32) NOT NULL PRIMARY KEY, "name" varchar(80) NOT NULL, "phone" varchar(40) NOT NULL, "valid_from" date NOT NULL, "valid_to" date NULL, "benefit_unit_id" char(32) NOT NULL REFERENCES "people_benefitunit" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "officer_key" UNIQUE ("benefit_unit_id", "valid_from"));
CREATE TABLE "benefits_paper" ("id" char(32) NOT NULL PRIMARY KEY, "rule" varchar(40) NOT NULL, "title" varchar(120) NOT NULL, "why" varchar(200) NOT NULL, "form_code" varchar(6) NOT NULL, "state" varchar(10) NOT NULL, "asked_on" date NOT NULL, "due_on" date NULL, "received_on" date NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "application_id" char(32) NOT NULL REFERENCES "benefits_application" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "seen_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "paper_once" UNIQUE ("application_id", "person_id", "rule"));
CREATE TABLE "benefits_participation" ("id" char(32) NOT NULL PRIMARY KEY, "measure" varchar(60) NOT NULL, "starts" date NOT NULL, "ends" date NULL, "ended_how" varchar(11) NOT NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "participation_key" UNIQUE ("person_id", "measure", "starts"));
CREATE TABLE "benefits_receipt" ("id" char(32) NOT NULL PRIMARY KEY, "starts" date NOT NULL, "ends" date NULL, "end_reason" varchar(13) NOT NULL, "employable" bool NULL, "benefit_unit_id" char(32) NOT NULL REFERENCES "people_benefitunit" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "receipt_period" CHECK (("ends" IS NULL OR "ends" >= ("starts"))), CONSTRAINT "receipt_key" UNIQUE ("person_id", "benefit_unit_id", "starts"));
CREATE TABLE "benefits_urgentreport" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(12) NOT NULL, "detail" varchar(300) NOT NULL, "money_until" date NULL, "amount_cents" bigint NULL, "reported_at" datetime NOT NULL, "due_at" datetime NOT NULL, "reminded" text NOT NULL CHECK ((JSON_VALID("reminded") OR "reminded" IS NULL)), "escalated_at" datetime NULL, "confirmed_at" datetime NULL, "result" varchar(300) NOT NULL, "closed_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "application_id" char(32) NULL REFERENCES "benefits_application" ("id") DEFERRABLE INITIALLY DEFERRED, "confirmed_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "reported_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "benefits_vendormapping" ("id" char(32) NOT NULL PRIMARY KEY, "name" varchar(80) NOT NULL, "content" text NOT NULL CHECK ((JSON_VALID("content") OR "content" IS NULL)), "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "vendor_mapping_name" UNIQUE ("jobcenter_id", "name"));
CREATE TABLE "django_content_type" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL);
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
CREATE TABLE "django_session" ("session_key" varchar(40) NOT NULL PRIMARY KEY, "session_data" text NOT NULL, "expire_date" datetime NOT NULL);
CREATE TABLE "intake_answerset" ("id" char(32) NOT NULL PRIMARY KEY, "group" varchar(20) NOT NULL, "catalogue" varchar(20) NOT NULL, "values" text NOT NULL CHECK ((JSON_VALID("values") OR "values" IS NULL)), "saved_at" datetime NOT NULL, "superseded_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "saved_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "entry_id" char(32) NOT NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_booking" ("id" char(32) NOT NULL PRIMARY KEY, "booked_at" datetime NOT NULL, "undone_at" datetime NULL, "attendance" varchar(8) NOT NULL, "arrived_at" datetime NULL, "obstacle" varchar(120) NOT NULL, "called_at" datetime NULL, "call_result" varchar(160) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "booked_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "entry_id" char(32) NOT NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED, "date_id" char(32) NOT NULL REFERENCES "intake_viadate" ("id") DEFERRABLE INITIALLY DEFERRED, "call_state" varchar(11) NOT NULL, "caller_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_contactattempt" ("id" char(32) NOT NULL PRIMARY KEY, "at" datetime NOT NULL, "how" varchar(12) NOT NULL, "reached" bool NOT NULL, "note" varchar(200) NOT NULL, "by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "entry_id" char(32) NOT NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_conversation" ("id" char(32) NOT NULL PRIMARY KEY, "how" varchar(12) NOT NULL, "started_at" datetime NOT NULL, "paused_at" datetime NULL, "finished_at" datetime NULL, "handout_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "led_by_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "room_id" char(32) NULL REFERENCES "org_room" ("id") DEFERRABLE INITIALLY DEFERRED, "started_by_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "entry_id" char(32) NOT NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_entry" ("id" char(32) NOT NULL PRIMARY KEY, "state" varchar(11) NOT NULL, "since" datetime NOT NULL, "state_since" datetime NOT NULL, "taken_at" datetime NULL, "resume_at" datetime NULL, "resume_reason" varchar(200) NOT NULL, "first_offer_at" datetime NULL, "first_offer_kind" varchar(11) NOT NULL, "wish" text NOT NULL, "next_step" varchar(200) NOT NULL, "next_step_at" datetime NULL, "triage_rule" varchar(40) NOT NULL, "triage_team" varchar(20) NOT NULL, "triage_reason" varchar(300) NOT NULL, "triage_own" varchar(300) NOT NULL, "via_from" date NULL, "via_to" date NULL, "ended_on" date NULL, "end_kind" varchar(13) NOT NULL, "end_note" varchar(300) NOT NULL, "is_return" bool NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "application_id" char(32) NULL REFERENCES "benefits_application" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "next_step_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "taken_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "first_contact_id" char(32) NOT NULL REFERENCES "intake_firstcontact" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_fact" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(15) NOT NULL, "since" date NOT NULL, "until" date NULL, "what" varchar(200) NOT NULL, "hours" decimal NULL, "gross_cents" bigint NULL, "through_us" bool NULL, "source" varchar(120) NOT NULL, "recorded_at" datetime NOT NULL, "revoked_at" datetime NULL, "revoked_reason" varchar(200) NOT NULL, "entry_id" char(32) NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "recorded_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "vacancy_id" char(32) NULL REFERENCES "vacancies_vacancy" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_firstcontact" ("id" char(32) NOT NULL PRIMARY KEY, "contact_at" datetime NOT NULL, "entered_at" datetime NOT NULL, "channel" varchar(12) NOT NULL, "time_source" varchar(80) NOT NULL, "wishes" text NOT NULL CHECK ((JSON_VALID("wishes") OR "wishes" IS NULL)), "words" text NOT NULL, "no_application_reason" varchar(200) NOT NULL, "application_id" char(32) NULL REFERENCES "benefits_application" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "taken_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_followup" ("id" char(32) NOT NULL PRIMARY KEY, "months" smallint unsigned NOT NULL CHECK ("months" >= 0), "basis" varchar(10) NOT NULL, "result" varchar(11) NOT NULL, "ended_on" date NULL, "note" varchar(200) NOT NULL, "next_on" date NULL, "at" datetime NOT NULL, "revoked_at" datetime NULL, "revoked_reason" varchar(200) NOT NULL, "by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "entry_id" char(32) NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED, "fact_id" char(32) NULL REFERENCES "intake_fact" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "follow_up_of_work_or_via" CHECK ((("entry_id" IS NULL AND "fact_id" IS NOT NULL) OR ("entry_id" IS NOT NULL AND "fact_id" IS NULL))));
CREATE TABLE "intake_handedvacancy" ("id" char(32) NOT NULL PRIMARY KEY, "handed_at" datetime NOT NULL, "reasons" text NOT NULL CHECK ((JSON_VALID("reasons") OR "reasons" IS NULL)), "reaction" varchar(14) NOT NULL, "undone_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "entry_id" char(32) NOT NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED, "handed_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "vacancy_id" char(32) NOT NULL REFERENCES "vacancies_vacancy" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_handover" ("id" char(32) NOT NULL PRIMARY KEY, "summary" text NOT NULL, "reason" varchar(300) NOT NULL, "sent_at" datetime NOT NULL, "answer_due_on" date NOT NULL, "state" varchar(9) NOT NULL, "answered_at" datetime NULL, "return_reason" varchar(300) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "answered_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "entry_id" char(32) NOT NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "sent_by_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "team_id" char(32) NOT NULL REFERENCES "org_team" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_leave" ("id" char(32) NOT NULL PRIMARY KEY, "act" varchar(10) NOT NULL, "words" text NOT NULL, "rights" text NOT NULL CHECK ((JSON_VALID("rights") OR "rights" IS NULL)), "explained_at" datetime NOT NULL, "estimate_cents" bigint NULL, "benefits_appointment_at" datetime NULL, "signed" bool NOT NULL, "signed_on" date NULL, "representative" varchar(120) NOT NULL, "copy_at" datetime NULL, "at" datetime NOT NULL, "second_due_on" date NOT NULL, "second_at" datetime NULL, "second_ok" bool NULL, "second_note" varchar(300) NOT NULL, "call_at" datetime NULL, "may_call" bool NOT NULL, "revoked_at" datetime NULL, "revoked_note" varchar(200) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "application_id" char(32) NULL REFERENCES "benefits_application" ("id") DEFERRABLE INITIALLY DEFERRED, "entry_id" char(32) NOT NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED, "explained_by_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "second_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "calls" text NOT NULL CHECK ((JSON_VALID("calls") OR "calls" IS NULL)), "looks" text NOT NULL CHECK ((JSON_VALID("looks") OR "looks" IS NULL)), "mended_at" datetime NULL, "mended_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "estimate_high_cents" bigint NULL, "estimate_law" varchar(40) NOT NULL, "estimate_on" date NULL);
CREATE TABLE "intake_ownapplication" ("id" char(32) NOT NULL PRIMARY KEY, "employer" varchar(160) NOT NULL, "title" varchar(160) NOT NULL, "sent_on" date NOT NULL, "reply" varchar(9) NOT NULL, "reply_on" date NULL, "removed_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "entry_id" char(32) NOT NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "vacancy_id" char(32) NULL REFERENCES "vacancies_vacancy" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_promise" ("id" char(32) NOT NULL PRIMARY KEY, "side" varchar(8) NOT NULL, "text" varchar(200) NOT NULL, "due_at" datetime NULL, "made_at" datetime NOT NULL, "done_at" datetime NULL, "removed_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "entry_id" char(32) NOT NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_shiftnote" ("id" char(32) NOT NULL PRIMARY KEY, "text" varchar(300) NOT NULL, "at" datetime NOT NULL, "seen_at" datetime NULL, "by_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "entry_id" char(32) NOT NULL REFERENCES "intake_entry" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "to_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "intake_viadate" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(11) NOT NULL, "starts_at" datetime NOT NULL, "ends_at" datetime NOT NULL, "language" varchar(3) NOT NULL, "seats" integer unsigned NULL CHECK ("seats" >= 0), "remarks" varchar(160) NOT NULL, "series" char(32) NULL, "cancelled_at" datetime NULL, "cancel_reason" varchar(160) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "led_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "room_id" char(32) NULL REFERENCES "org_room" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "via_date_period" CHECK ("ends_at" > ("starts_at")));
CREATE TABLE "mfa_authenticator" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "type" varchar(20) NOT NULL, "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)), "user_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "created_at" datetime NOT NULL, "last_used_at" datetime NULL);
CREATE TABLE "org_absence" ("id" char(32) NOT NULL PRIMARY KEY, "valid_from" date NOT NULL, "valid_to" date NOT NULL, "cancelled_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "substitute_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "absence_period" CHECK ("valid_to" >= ("valid_from")));
CREATE TABLE "org_apiaccess" ("id" char(32) NOT NULL PRIMARY KEY, "name" varchar(80) NOT NULL, "digest" varchar(64) NOT NULL UNIQUE, "created_at" datetime NOT NULL, "last_used_on" date NULL, "revoked_at" datetime NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "org_grouprole" ("id" char(32) NOT NULL PRIMARY KEY, "group" varchar(200) NOT NULL, "role" varchar(20) NOT NULL, "is_lead" bool NOT NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "team_id" char(32) NOT NULL REFERENCES "org_team" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "group_role_once" UNIQUE ("jobcenter_id", "group", "team_id", "role"));
CREATE TABLE "org_jobcenter" ("id" char(32) NOT NULL PRIMARY KEY, "name" varchar(120) NOT NULL, "traeger_number" varchar(10) NOT NULL UNIQUE, "land" varchar(2) NOT NULL, "street" varchar(120) NOT NULL, "plz" varchar(5) NOT NULL, "place" varchar(80) NOT NULL, "lat" real NULL, "lon" real NULL, "phone" varchar(40) NOT NULL, "benefits_phone" varchar(40) NOT NULL, "urgent_phone" varchar(40) NOT NULL, "housing_phone" varchar(40) NOT NULL, "protection_phone" varchar(40) NOT NULL, "counsel_name" varchar(120) NOT NULL, "counsel_phone" varchar(40) NOT NULL, "complaint_phone" varchar(40) NOT NULL, "opening_hours" varchar(120) NOT NULL, "returning_gap_days" integer unsigned NOT NULL CHECK ("returning_gap_days" >= 0), "is_demo" bool NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "privacy_first" bool NOT NULL, "via_from" date NULL, "factor_roles" text NOT NULL CHECK ((JSON_VALID("factor_roles") OR "factor_roles" IS NULL)));
CREATE TABLE "org_position" ("id" char(32) NOT NULL PRIMARY KEY, "role" varchar(20) NOT NULL, "is_lead" bool NOT NULL, "fte" decimal NOT NULL, "valid_from" date NOT NULL, "valid_to" date NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "holder_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "team_id" char(32) NOT NULL REFERENCES "org_team" ("id") DEFERRABLE INITIALLY DEFERRED, "from_house" bool NOT NULL, CONSTRAINT "position_fte" CHECK (("fte" > '0' AND "fte" <= '1')), CONSTRAINT "position_period" CHECK (("valid_to" IS NULL OR "valid_to" >= ("valid_from"))));
CREATE TABLE "org_room" ("id" char(32) NOT NULL PRIMARY KEY, "name" varchar(80) NOT NULL, "place" varchar(80) NOT NULL, "seats" integer unsigned NULL CHECK ("seats" >= 0), "step_free" bool NOT NULL, "remarks" varchar(120) NOT NULL, "blocked_from" date NULL, "blocked_to" date NULL, "closed_on" date NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "room_name_once" UNIQUE ("jobcenter_id", "name"));
CREATE TABLE "org_team" ("id" char(32) NOT NULL PRIMARY KEY, "name" varchar(80) NOT NULL, "specialisation" varchar(20) NOT NULL, "phone" varchar(40) NOT NULL, "closed_on" date NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "team_name_once" UNIQUE ("jobcenter_id", "name"));
CREATE TABLE "people_address" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(10) NOT NULL, "street" varchar(120) NOT NULL, "plz" varchar(5) NOT NULL, "place" varchar(80) NOT NULL, "lat" real NULL, "lon" real NULL, "no_letters" bool NOT NULL, "valid_from" date NOT NULL, "valid_to" date NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "address_period" CHECK (("valid_to" IS NULL OR "valid_to" >= ("valid_from"))));
CREATE TABLE "people_attendant" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(11) NOT NULL, "name" varchar(120) NOT NULL, "phone" varchar(40) NOT NULL, "remarks" varchar(160) NOT NULL, "valid_from" date NOT NULL, "valid_to" date NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "attendant_period" CHECK (("valid_to" IS NULL OR "valid_to" >= ("valid_from"))));
CREATE TABLE "people_benefitunit" ("id" char(32) NOT NULL PRIMARY KEY, "created_at" datetime NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "people_callsigncounter" ("id" char(32) NOT NULL PRIMARY KEY, "last" integer unsigned NOT NULL CHECK ("last" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "one_callsign_counter" UNIQUE ("jobcenter_id"));
CREATE TABLE "people_channel" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(6) NOT NULL, "value" varchar(120) NOT NULL, "is_safe" bool NOT NULL, "valid_from" date NOT NULL, "valid_to" date NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "channel_period" CHECK (("valid_to" IS NULL OR "valid_to" >= ("valid_from"))));
CREATE TABLE "people_foreignerror" ("id" char(32) NOT NULL PRIMARY KEY, "what" varchar(10) NOT NULL, "text" varchar(200) NOT NULL, "reported_at" datetime NOT NULL, "settled_at" datetime NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "reported_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "settled_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "people_membership" ("id" char(32) NOT NULL PRIMARY KEY, "role" varchar(10) NOT NULL, "valid_from" date NOT NULL, "valid_to" date NULL, "benefit_unit_id" char(32) NOT NULL REFERENCES "people_benefitunit" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "stay" varchar(5) NOT NULL, CONSTRAINT "membership_period" CHECK (("valid_to" IS NULL OR "valid_to" >= ("valid_from"))));
CREATE TABLE "people_number" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(10) NOT NULL, "value" varchar(30) NOT NULL, "valid_from" date NOT NULL, "valid_to" date NULL, "benefit_unit_id" char(32) NULL REFERENCES "people_benefitunit" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "number_period" CHECK (("valid_to" IS NULL OR "valid_to" >= ("valid_from"))), CONSTRAINT "number_of_person_or_unit" CHECK ((("benefit_unit_id" IS NULL AND "person_id" IS NOT NULL) OR ("benefit_unit_id" IS NOT NULL AND "person_id" IS NULL))));
CREATE TABLE "people_person" ("id" char(32) NOT NULL PRIMARY KEY, "callsign" integer unsigned NOT NULL CHECK ("callsign" >= 0), "first_name" varchar(80) NOT NULL, "last_name" varchar(80) NOT NULL, "birth_name" varchar(80) NOT NULL, "birth_date" date NULL, "sex" varchar(1) NOT NULL, "language" varchar(3) NOT NULL, "needs_interpreter" bool NOT NULL, "nationality" varchar(60) NOT NULL, "search_name" varchar(260) NOT NULL, "sound" varchar(120) NOT NULL, "sort_name" varchar(180) NOT NULL, "safe_contact" bool NOT NULL, "contact_hint" varchar(160) NOT NULL, "may_remind" bool NULL, "may_follow_up" bool NULL, "created_at" datetime NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "person_callsign_once" UNIQUE ("jobcenter_id", "callsign"));
CREATE TABLE "people_personlink" ("id" char(32) NOT NULL PRIMARY KEY, "same" bool NOT NULL, "reason" varchar(200) NOT NULL, "at" datetime NOT NULL, "undone_at" datetime NULL, "by_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "keep_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "other_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "link_of_two" CHECK (NOT ("keep_id" = ("other_id"))));
CREATE TABLE "people_responsibility" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(11) NOT NULL, "valid_from" date NOT NULL, "valid_to" date NULL, "reason" varchar(200) NOT NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "team_id" char(32) NOT NULL REFERENCES "org_team" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "responsibility_period" CHECK (("valid_to" IS NULL OR "valid_to" >= ("valid_from"))));
CREATE TABLE "people_restriction" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(10) NOT NULL, "ask" varchar(120) NOT NULL, "phone" varchar(40) NOT NULL, "valid_from" date NOT NULL, "valid_to" date NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "restriction_period" CHECK (("valid_to" IS NULL OR "valid_to" >= ("valid_from"))));
CREATE TABLE "people_restriction_users" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "restriction_id" char(32) NOT NULL REFERENCES "people_restriction" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "privacy_erasure" ("id" char(32) NOT NULL PRIMARY KEY, "run_id" char(32) NULL, "at" datetime NOT NULL, "by" char(32) NOT NULL, "retention" varchar(20) NOT NULL, "table" varchar(60) NOT NULL, "row_ids" text NOT NULL CHECK ((JSON_VALID("row_ids") OR "row_ids" IS NULL)), "fields" text NOT NULL CHECK ((JSON_VALID("fields") OR "fields" IS NULL)), "number" bigint NOT NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "erasure_number_once" UNIQUE ("jobcenter_id", "number"));
CREATE TABLE "privacy_erasurewish" ("id" char(32) NOT NULL PRIMARY KEY, "person_id" char(32) NOT NULL, "state" varchar(9) NOT NULL, "ground" varchar(10) NOT NULL, "cause" varchar(200) NOT NULL, "asked_at" datetime NOT NULL, "decided_at" datetime NULL, "goes" text NOT NULL CHECK ((JSON_VALID("goes") OR "goes" IS NULL)), "stays" text NOT NULL CHECK ((JSON_VALID("stays") OR "stays" IS NULL)), "counts" text NOT NULL CHECK ((JSON_VALID("counts") OR "counts" IS NULL)), "answer" varchar(300) NOT NULL, "told_at" datetime NULL, "waits" varchar(120) NOT NULL, "done_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "asked_by_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "decided_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "told_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "privacy_fieldnote" ("id" char(32) NOT NULL PRIMARY KEY, "table" varchar(60) NOT NULL, "field" varchar(60) NOT NULL, "row_id" char(32) NULL, "says" varchar(300) NOT NULL, "noted_at" datetime NOT NULL, "settled_at" datetime NULL, "result" varchar(200) NOT NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "noted_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "settled_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "privacy_hold" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(9) NOT NULL, "cause" varchar(200) NOT NULL, "set_at" datetime NOT NULL, "lifted_at" datetime NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "lifted_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "person_id" char(32) NOT NULL REFERENCES "people_person" ("id") DEFERRABLE INITIALLY DEFERRED, "restriction_id" char(32) NULL REFERENCES "people_restriction" ("id") DEFERRABLE INITIALLY DEFERRED, "set_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "privacy_retentionitem" ("id" char(32) NOT NULL PRIMARY KEY, "person_ids" text NOT NULL CHECK ((JSON_VALID("person_ids") OR "person_ids" IS NULL)), "counts" text NOT NULL CHECK ((JSON_VALID("counts") OR "counts" IS NULL)), "state" varchar(4) NOT NULL, "why" varchar(120) NOT NULL, "done_at" datetime NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "run_id" char(32) NOT NULL REFERENCES "privacy_retentionrun" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "privacy_retentionrun" ("id" char(32) NOT NULL PRIMARY KEY, "state" varchar(9) NOT NULL, "asked_at" datetime NOT NULL, "as_of" date NULL, "reached" varchar(36) NOT NULL, "checked_at" datetime NULL, "counts" text NOT NULL CHECK ((JSON_VALID("counts") OR "counts" IS NULL)), "held" text NOT NULL CHECK ((JSON_VALID("held") OR "held" IS NULL)), "answered_at" datetime NULL, "answer" varchar(300) NOT NULL, "done_at" datetime NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "answered_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "asked_by_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "reporting_monthclosing" ("id" char(32) NOT NULL PRIMARY KEY, "month" date NOT NULL, "data_state" date NOT NULL, "definition" varchar(20) NOT NULL, "closed_at" datetime NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "closed_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "month_closed_once" UNIQUE ("jobcenter_id", "month"));
CREATE TABLE "reporting_monthfigure" ("id" char(32) NOT NULL PRIMARY KEY, "code" varchar(30) NOT NULL, "part" varchar(30) NOT NULL, "value" real NULL, "numerator" bigint NULL, "denominator" bigint NULL, "as_of" date NOT NULL, "data_state" date NOT NULL, "definition" varchar(20) NOT NULL, "told_at" datetime NOT NULL, "reason" varchar(300) NOT NULL, "replaced_at" datetime NULL, "closing_id" char(32) NOT NULL REFERENCES "reporting_monthclosing" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "told_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "reporting_ownplace" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(8) NOT NULL, "place" varchar(8) NOT NULL, "from_year" smallint unsigned NOT NULL CHECK ("from_year" >= 0), "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "own_place_once" UNIQUE ("jobcenter_id", "kind", "from_year"));
CREATE TABLE "reporting_publishedfigure" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(8) NOT NULL, "place" varchar(8) NOT NULL, "period" varchar(7) NOT NULL, "code" varchar(60) NOT NULL, "value" real NOT NULL, "state" varchar(40) NOT NULL, "state_on" date NOT NULL, "change" varchar(9) NOT NULL, "before" real NULL, "line" integer unsigned NOT NULL CHECK ("line" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "table_id" char(32) NOT NULL REFERENCES "reporting_publishedtable" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "published_figure_once" UNIQUE ("table_id", "kind", "code", "period", "place", "state_on"));
CREATE TABLE "reporting_publishedfile" ("id" char(32) NOT NULL PRIMARY KEY, "content" BLOB NOT NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "table_id" char(32) NOT NULL UNIQUE REFERENCES "reporting_publishedtable" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "reporting_publishedindicator" ("id" char(32) NOT NULL PRIMARY KEY, "code" varchar(60) NOT NULL, "label" varchar(160) NOT NULL, "unit" varchar(20) NOT NULL, "direction" varchar(4) NOT NULL, "definition" varchar(400) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "published_indicator_once" UNIQUE ("jobcenter_id", "code"));
CREATE TABLE "reporting_publishedmapping" ("id" char(32) NOT NULL PRIMARY KEY, "name" varchar(80) NOT NULL, "kind" varchar(8) NOT NULL, "columns" text NOT NULL CHECK ((JSON_VALID("columns") OR "columns" IS NULL)), "source" varchar(160) NOT NULL, "licence" varchar(80) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "published_mapping_name" UNIQUE ("jobcenter_id", "name"));
CREATE TABLE "reporting_publishedplace" ("id" char(32) NOT NULL PRIMARY KEY, "kind" varchar(8) NOT NULL, "place" varchar(8) NOT NULL, "year" smallint unsigned NOT NULL CHECK ("year" >= 0), "is_list" bool NOT NULL, "name" varchar(120) NOT NULL, "form" varchar(20) NOT NULL, "land" varchar(2) NOT NULL, "type" varchar(20) NOT NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "table_id" char(32) NOT NULL REFERENCES "reporting_publishedtable" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "published_place_once" UNIQUE ("table_id", "kind", "is_list", "year", "place"));
CREATE TABLE "reporting_publishedreject" ("id" char(32) NOT NULL PRIMARY KEY, "line" integer unsigned NOT NULL CHECK ("line" >= 0), "code" varchar(20) NOT NULL, "text" varchar(300) NOT NULL, "remedy" varchar(200) NOT NULL, "raw" varchar(300) NOT NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "table_id" char(32) NOT NULL REFERENCES "reporting_publishedtable" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "reporting_publishedtable" ("id" char(32) NOT NULL PRIMARY KEY, "file_name" varchar(200) NOT NULL, "sha256" varchar(64) NOT NULL, "mapping" varchar(80) NOT NULL, "kind" varchar(8) NOT NULL, "is_list" bool NOT NULL, "source" varchar(160) NOT NULL, "licence" varchar(80) NOT NULL, "data_state" varchar(40) NOT NULL, "state" varchar(9) NOT NULL, "uploaded_at" datetime NOT NULL, "applied_at" datetime NULL, "undone_at" datetime NULL, "counts" text NOT NULL CHECK ((JSON_VALID("counts") OR "counts" IS NULL)), "refusal" varchar(500) NOT NULL, "refusal_code" varchar(20) NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "uploaded_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "socialaccount_socialaccount" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "provider" varchar(200) NOT NULL, "uid" varchar(191) NOT NULL, "last_login" datetime NOT NULL, "date_joined" datetime NOT NULL, "user_id" char(32) NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "extra_data" text NOT NULL CHECK ((JSON_VALID("extra_data") OR "extra_data" IS NULL)));
CREATE TABLE "socialaccount_socialapp" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "provider" varchar(30) NOT NULL, "name" varchar(40) NOT NULL, "client_id" varchar(191) NOT NULL, "secret" varchar(191) NOT NULL, "key" varchar(191) NOT NULL, "provider_id" varchar(200) NOT NULL, "settings" text NOT NULL CHECK ((JSON_VALID("settings") OR "settings" IS NULL)));
CREATE TABLE "socialaccount_socialtoken" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "token" text NOT NULL, "token_secret" text NOT NULL, "expires_at" datetime NULL, "account_id" integer NOT NULL REFERENCES "socialaccount_socialaccount" ("id") DEFERRABLE INITIALLY DEFERRED, "app_id" integer NULL REFERENCES "socialaccount_socialapp" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "vacancies_csvmapping" ("id" char(32) NOT NULL PRIMARY KEY, "name" varchar(80) NOT NULL, "columns" text NOT NULL CHECK ((JSON_VALID("columns") OR "columns" IS NULL)), "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "constants" text NOT NULL CHECK ((JSON_VALID("constants") OR "constants" IS NULL)), "decimal" varchar(1) NOT NULL, CONSTRAINT "mapping_name_once" UNIQUE ("jobcenter_id", "name"));
CREATE TABLE "vacancies_delivery" ("id" char(32) NOT NULL PRIMARY KEY, "file_name" varchar(200) NOT NULL, "sha256" varchar(64) NOT NULL, "source" varchar(6) NOT NULL, "is_full" bool NOT NULL, "state" varchar(9) NOT NULL, "uploaded_at" datetime NOT NULL, "applied_at" datetime NULL, "undone_at" datetime NULL, "counts" text NOT NULL CHECK ((JSON_VALID("counts") OR "counts" IS NULL)), "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "uploaded_by_id" char(32) NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "feed" varchar(80) NOT NULL, "refusal" varchar(400) NOT NULL, "refusal_code" varchar(20) NOT NULL);
CREATE TABLE "vacancies_deliveryfile" ("id" char(32) NOT NULL PRIMARY KEY, "content" BLOB NOT NULL, "delivery_id" char(32) NOT NULL UNIQUE REFERENCES "vacancies_delivery" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "vacancies_deliveryrow" ("id" char(32) NOT NULL PRIMARY KEY, "line" integer unsigned NOT NULL CHECK ("line" >= 0), "state" varchar(9) NOT NULL, "repaired" bool NOT NULL, "reasons" text NOT NULL CHECK ((JSON_VALID("reasons") OR "reasons" IS NULL)), "raw" text NOT NULL CHECK ((JSON_VALID("raw") OR "raw" IS NULL)), "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)), "before" text NOT NULL CHECK ((JSON_VALID("before") OR "before" IS NULL)), "delivery_id" char(32) NOT NULL REFERENCES "vacancies_delivery" ("id") DEFERRABLE INITIALLY DEFERRED, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "vacancy_id" char(32) NULL REFERENCES "vacancies_vacancy" ("id") DEFERRABLE INITIALLY DEFERRED, "reference" varchar(80) NOT NULL, "codes" varchar(300) NOT NULL);
CREATE TABLE "vacancies_postalplace" ("id" char(32) NOT NULL PRIMARY KEY, "plz" varchar(5) NOT NULL, "place" varchar(80) NOT NULL, "lat" real NOT NULL, "lon" real NOT NULL, "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "postal_place_once" UNIQUE ("jobcenter_id", "plz", "place"));
CREATE TABLE "vacancies_vacancy" ("id" char(32) NOT NULL PRIMARY KEY, "source" varchar(6) NOT NULL, "reference" varchar(80) NOT NULL, "state" varchar(9) NOT NULL, "title" varchar(200) NOT NULL, "occupation" varchar(160) NOT NULL, "employer" varchar(160) NOT NULL, "plz" varchar(5) NOT NULL, "place" varchar(80) NOT NULL, "street" varchar(120) NOT NULL, "lat" real NULL, "lon" real NULL, "full_time" bool NULL, "part_time" bool NULL, "hours_min" decimal NULL, "hours_max" decimal NULL, "starts_at" time NULL, "ends_at" time NULL, "weekend" bool NULL, "night_or_shift" bool NULL, "mini_job" bool NULL, "heavy_lifting" bool NULL, "long_standing" bool NULL, "licence" varchar(10) NOT NULL, "german_level" varchar(2) NOT NULL, "career_changers" bool NULL, "temporary_work" bool NULL, "private_agency" bool NULL, "fixed_term" bool NULL, "seats" integer unsigned NOT NULL CHECK ("seats" >= 0), "wage_unit" varchar(5) NOT NULL, "wage_low_cents" bigint NULL, "wage_high_cents" bigint NULL, "month_low_cents" bigint NULL, "month_high_cents" bigint NULL, "wage_repaired" bool NOT NULL, "wage_note" varchar(200) NOT NULL, "published_on" date NULL, "starts_on" date NULL, "expires_on" date NULL, "contact" varchar(160) NOT NULL, "url" varchar(300) NOT NULL, "remarks" text NOT NULL, "search_text" varchar(600) NOT NULL, "created_at" datetime NOT NULL, "changed_at" datetime NOT NULL, "version" integer unsigned NOT NULL CHECK ("version" >= 0), "jobcenter_id" char(32) NOT NULL REFERENCES "org_jobcenter" ("id") DEFERRABLE INITIALLY DEFERRED, "feed" varchar(80) NOT NULL, "hour_high_cents" bigint NULL, "hour_low_cents" bigint NULL, "training" bool NOT NULL, CONSTRAINT "vacancy_once" UNIQUE ("jobcenter_id", "source", "feed", "reference"));
CREATE INDEX "account_emailaddress_email_03be32b2" ON "account_emailaddress" ("email");
CREATE INDEX "account_emailaddress_user_id_2c513194" ON "account_emailaddress" ("user_id");
CREATE INDEX "account_emailconfirmation_email_address_id_5b7f8c58" ON "account_emailconfirmation" ("email_address_id");
CREATE INDEX "accounts_emergencyseal_jobcenter_id_88948ea6" ON "accounts_emergencyseal" ("jobcenter_id");
CREATE INDEX "accounts_emergencyseal_login_id_3e0307f7" ON "accounts_emergencyseal" ("login_id");
CREATE INDEX "accounts_emergencyseal_sealed_by_id_49649daf" ON "accounts_emergencyseal" ("sealed_by_id");
CREATE INDEX "accounts_loginsession_user_id_88028387" ON "accounts_loginsession" ("user_id");
CREATE INDEX "accounts_user_jobcenter_id_ec478ef2" ON "accounts_user" ("jobcenter_id");
CREATE INDEX "amount_by_month" ON "benefits_monthlyamount" ("month");
CREATE INDEX "application_in_capitals" ON "benefits_application" ((UPPER("reference")));
CREATE INDEX "application_unconfirmed" ON "benefits_application" ("confirmed_at", "asked_at");
CREATE INDEX "audit_accessevent_at_2cb776fd" ON "audit_accessevent" ("at");
CREATE INDEX "audit_accessevent_jobcenter_id_8ab69b9d" ON "audit_accessevent" ("jobcenter_id");
CREATE INDEX "audit_accessinquiry_jobcenter_id_3a65f204" ON "audit_accessinquiry" ("jobcenter_id");
CREATE INDEX "audit_accessseal_jobcenter_id_e37b54b0" ON "audit_accessseal" ("jobcenter_id");
CREATE INDEX "audit_chainhead_jobcenter_id_749bac61" ON "audit_chainhead" ("jobcenter_id");
CREATE INDEX "audit_event_jobcenter_id_7a54714e" ON "audit_event" ("jobcenter_id");
CREATE INDEX "audit_eventpayload_jobcenter_id_6198eb72" ON "audit_eventpayload" ("jobcenter_id");
CREATE INDEX "audit_operation_jobcenter_id_2f6a75b3" ON "audit_operation" ("jobcenter_id");
CREATE INDEX "audit_outbox_jobcenter_id_55da519e" ON "audit_outbox" ("jobcenter_id");
CREATE INDEX "auth_group_permissions_group_id_b120cbf9" ON "auth_group_permissions" ("group_id");
CREATE INDEX "auth_group_permissions_permission_id_84c5c92e" ON "auth_group_permissions" ("permission_id");
CREATE INDEX "auth_permission_content_type_id_2f476e4b" ON "auth_permission" ("content_type_id");
CREATE INDEX "benefits_application_applicant_id_34041aef" ON "benefits_application" ("applicant_id");
CREATE INDEX "benefits_application_benefit_unit_id_5921718f" ON "benefits_application" ("benefit_unit_id");
CREATE INDEX "benefits_application_confirmed_by_id_9608c1a4" ON "benefits_application" ("confirmed_by_id");
CREATE INDEX "benefits_application_jobcenter_id_5fce50b3" ON "benefits_application" ("jobcenter_id");
CREATE INDEX "benefits_application_recorded_by_id_541f1e50" ON "benefits_application" ("recorded_by_id");
CREATE INDEX "benefits_applicationoutcome_application_id_be27c919" ON "benefits_applicationoutcome" ("application_id");
CREATE INDEX "benefits_applicationoutcome_jobcenter_id_61f4ae16" ON "benefits_applicationoutcome" ("jobcenter_id");
CREATE INDEX "benefits_applicationoutcome_recorded_by_id_4b1dbd44" ON "benefits_applicationoutcome" ("recorded_by_id");
CREATE INDEX "benefits_basis_application_id_de1516e6" ON "benefits_basis" ("application_id");
CREATE INDEX "benefits_basis_benefit_unit_id_34a9aa77" ON "benefits_basis" ("benefit_unit_id");
CREATE INDEX "benefits_basis_jobcenter_id_24dbe3a6" ON "benefits_basis" ("jobcenter_id");
CREATE INDEX "benefits_basis_recorded_by_id_339999e1" ON "benefits_basis" ("recorded_by_id");
CREATE INDEX "benefits_calculation_basis_id_bde1ffec" ON "benefits_calculation" ("basis_id");
CREATE INDEX "benefits_calculation_jobcenter_id_29f0deb3" ON "benefits_calculation" ("jobcenter_id");
CREATE INDEX "benefits_contradiction_application_id_26ccea53" ON "benefits_contradiction" ("application_id");
CREATE INDEX "benefits_contradiction_delivery_id_cf78cc09" ON "benefits_contradiction" ("delivery_id");
CREATE INDEX "benefits_contradiction_jobcenter_id_4421aa14" ON "benefits_contradiction" ("jobcenter_id");
CREATE INDEX "benefits_contradiction_person_id_4b0e2e73" ON "benefits_contradiction" ("person_id");
CREATE INDEX "benefits_contradiction_settled_by_id_0239ac3d" ON "benefits_contradiction" ("settled_by_id");
CREATE INDEX "benefits_decision_application_id_9dd54d17" ON "benefits_decision" ("application_id");
CREATE INDEX "benefits_decision_benefit_unit_id_0eca74e6" ON "benefits_decision" ("benefit_unit_id");
CREATE INDEX "benefits_decision_jobcenter_id_933db31c" ON "benefits_decision" ("jobcenter_id");
CREATE INDEX "benefits_declaration_application_id_e43c6927" ON "benefits_declaration" ("application_id");
CREATE INDEX "benefits_declaration_confirmed_by_id_53938fcd" ON "benefits_declaration" ("confirmed_by_id");
CREATE INDEX "benefits_declaration_declared_by_id_6e672e0f" ON "benefits_declaration" ("declared_by_id");
CREATE INDEX "benefits_declaration_jobcenter_id_1f22c216" ON "benefits_declaration" ("jobcenter_id");
CREATE INDEX "benefits_delivery_jobcenter_id_664a507e" ON "benefits_delivery" ("jobcenter_id");
CREATE INDEX "benefits_delivery_uploaded_by_id_e3972f3a" ON "benefits_delivery" ("uploaded_by_id");
CREATE INDEX "benefits_deliveryrow_delivery_id_3a71fc90" ON "benefits_deliveryrow" ("delivery_id");
CREATE INDEX "benefits_deliveryrow_jobcenter_id_c6f2c8d4" ON "benefits_deliveryrow" ("jobcenter_id");
CREATE INDEX "benefits_deliveryturn_jobcenter_id_267d36dc" ON "benefits_deliveryturn" ("jobcenter_id");
CREATE INDEX "benefits_housinglimits_jobcenter_id_6ae55c7e" ON "benefits_housinglimits" ("jobcenter_id");
CREATE INDEX "benefits_housinglimits_recorded_by_id_ed88efac" ON "benefits_housinglimits" ("recorded_by_id");
CREATE INDEX "benefits_integration_jobcenter_id_2924d63e" ON "benefits_integration" ("jobcenter_id");
CREATE INDEX "benefits_integration_person_id_09df6836" ON "benefits_integration" ("person_id");
CREATE INDEX "benefits_monthlyamount_benefit_unit_id_09797d98" ON "benefits_monthlyamount" ("benefit_unit_id");
CREATE INDEX "benefits_monthlyamount_jobcenter_id_ae12321e" ON "benefits_monthlyamount" ("jobcenter_id");
CREATE INDEX "benefits_officer_benefit_unit_id_b67d3095" ON "benefits_officer" ("benefit_unit_id");
CREATE INDEX "benefits_officer_jobcenter_id_19ec5311" ON "benefits_officer" ("jobcenter_id");
CREATE INDEX "benefits_paper_application_id_285aeb83" ON "benefits_paper" ("application_id");
CREATE INDEX "benefits_paper_jobcenter_id_8bdaebff" ON "benefits_paper" ("jobcenter_id");
CREATE INDEX "benefits_paper_person_id_bf02169f" ON "benefits_paper" ("person_id");
CREATE INDEX "benefits_paper_seen_by_id_b3c882c1" ON "benefits_paper" ("seen_by_id");
CREATE INDEX "benefits_participation_jobcenter_id_a62ca352" ON "benefits_participation" ("jobcenter_id");
CREATE INDEX "benefits_participation_person_id_6ddc5164" ON "benefits_participation" ("person_id");
CREATE INDEX "benefits_receipt_benefit_unit_id_1a982ed1" ON "benefits_receipt" ("benefit_unit_id");
CREATE INDEX "benefits_receipt_jobcenter_id_71ba7cdb" ON "benefits_receipt" ("jobcenter_id");
CREATE INDEX "benefits_receipt_person_id_97273c49" ON "benefits_receipt" ("person_id");
CREATE INDEX "benefits_urgentreport_application_id_95c8d096" ON "benefits_urgentreport" ("application_id");
CREATE INDEX "benefits_urgentreport_confirmed_by_id_9aa8f2a0" ON "benefits_urgentreport" ("confirmed_by_id");
CREATE INDEX "benefits_urgentreport_jobcenter_id_f7df0463" ON "benefits_urgentreport" ("jobcenter_id");
CREATE INDEX "benefits_urgentreport_person_id_2b457909" ON "benefits_urgentreport" ("person_id");
CREATE INDEX "benefits_urgentreport_reported_by_id_3fb6bd3c" ON "benefits_urgentreport" ("reported_by_id");
CREATE INDEX "benefits_vendormapping_jobcenter_id_39d61a71" ON "benefits_vendormapping" ("jobcenter_id");
CREATE INDEX "contradiction_open" ON "benefits_contradiction" ("person_id") WHERE "settled_on" IS NULL;
CREATE INDEX "conversation_by_start" ON "intake_conversation" ("started_at");
CREATE INDEX "django_session_expire_date_a5c62663" ON "django_session" ("expire_date");
CREATE INDEX "entry_by_since" ON "intake_entry" ("since");
CREATE INDEX "entry_by_state" ON "intake_entry" ("state", "since");
CREATE INDEX "event_by_object" ON "audit_event" ("object_kind", "object_id");
CREATE INDEX "event_by_subject" ON "audit_event" ("subject_id", "seq");
CREATE INDEX "intake_answerset_entry_id_d50fafcf" ON "intake_answerset" ("entry_id");
CREATE INDEX "intake_answerset_jobcenter_id_05c62b8c" ON "intake_answerset" ("jobcenter_id");
CREATE INDEX "intake_answerset_saved_by_id_fb48968c" ON "intake_answerset" ("saved_by_id");
CREATE INDEX "intake_booking_booked_by_id_ba2f5207" ON "intake_booking" ("booked_by_id");
CREATE INDEX "intake_booking_caller_id_ddb7c357" ON "intake_booking" ("caller_id");
CREATE INDEX "intake_booking_date_id_e14d1019" ON "intake_booking" ("date_id");
CREATE INDEX "intake_booking_entry_id_e2d153d5" ON "intake_booking" ("entry_id");
CREATE INDEX "intake_booking_jobcenter_id_52a706aa" ON "intake_booking" ("jobcenter_id");
CREATE INDEX "intake_contactattempt_by_id_c31b1769" ON "intake_contactattempt" ("by_id");
CREATE INDEX "intake_contactattempt_entry_id_ae70a596" ON "intake_contactattempt" ("entry_id");
CREATE INDEX "intake_contactattempt_jobcenter_id_0a5d0e3d" ON "intake_contactattempt" ("jobcenter_id");
CREATE INDEX "intake_conversation_entry_id_c28461da" ON "intake_conversation" ("entry_id");
CREATE INDEX "intake_conversation_jobcenter_id_716feeda" ON "intake_conversation" ("jobcenter_id");
CREATE INDEX "intake_conversation_led_by_id_a3ffa4e6" ON "intake_conversation" ("led_by_id");
CREATE INDEX "intake_conversation_room_id_44165b55" ON "intake_conversation" ("room_id");
CREATE INDEX "intake_conversation_started_by_id_145aeaf9" ON "intake_conversation" ("started_by_id");
CREATE INDEX "intake_entry_application_id_61b7f5a9" ON "intake_entry" ("application_id");
CREATE INDEX "intake_entry_first_contact_id_5075b2c8" ON "intake_entry" ("first_contact_id");
CREATE INDEX "intake_entry_jobcenter_id_73ace184" ON "intake_entry" ("jobcenter_id");
CREATE INDEX "intake_entry_next_step_by_id_3f9deece" ON "intake_entry" ("next_step_by_id");
CREATE INDEX "intake_entry_person_id_ead58b59" ON "intake_entry" ("person_id");
CREATE INDEX "intake_entry_taken_by_id_d9f785c6" ON "intake_entry" ("taken_by_id");
CREATE INDEX "intake_fact_entry_id_970c08ed" ON "intake_fact" ("entry_id");
CREATE INDEX "intake_fact_jobcenter_id_61da3072" ON "intake_fact" ("jobcenter_id");
CREATE INDEX "intake_fact_person_id_099971c4" ON "intake_fact" ("person_id");
CREATE INDEX "intake_fact_recorded_by_id_6e1f9624" ON "intake_fact" ("recorded_by_id");
CREATE INDEX "intake_fact_vacancy_id_b7f90ff4" ON "intake_fact" ("vacancy_id");
CREATE INDEX "intake_firstcontact_application_id_57889ccd" ON "intake_firstcontact" ("application_id");
CREATE INDEX "intake_firstcontact_jobcenter_id_8a1bdb16" ON "intake_firstcontact" ("jobcenter_id");
CREATE INDEX "intake_firstcontact_person_id_502f0777" ON "intake_firstcontact" ("person_id");
CREATE INDEX "intake_firstcontact_taken_by_id_b429b8e8" ON "intake_firstcontact" ("taken_by_id");
CREATE INDEX "intake_followup_by_id_e23fc8e7" ON "intake_followup" ("by_id");
CREATE INDEX "intake_followup_entry_id_2cb34d68" ON "intake_followup" ("entry_id");
CREATE INDEX "intake_followup_fact_id_f591ea99" ON "intake_followup" ("fact_id");
CREATE INDEX "intake_followup_jobcenter_id_fae6729d" ON "intake_followup" ("jobcenter_id");
CREATE INDEX "intake_followup_person_id_2679488b" ON "intake_followup" ("person_id");
CREATE INDEX "intake_handedvacancy_entry_id_ba7f45ed" ON "intake_handedvacancy" ("entry_id");
CREATE INDEX "intake_handedvacancy_handed_by_id_19343a45" ON "intake_handedvacancy" ("handed_by_id");
CREATE INDEX "intake_handedvacancy_jobcenter_id_54f6250c" ON "intake_handedvacancy" ("jobcenter_id");
CREATE INDEX "intake_handedvacancy_vacancy_id_1dcee98d" ON "intake_handedvacancy" ("vacancy_id");
CREATE INDEX "intake_handover_answered_by_id_5910e9e0" ON "intake_handover" ("answered_by_id");
CREATE INDEX "intake_handover_entry_id_73166c5b" ON "intake_handover" ("entry_id");
CREATE INDEX "intake_handover_jobcenter_id_4e287a2f" ON "intake_handover" ("jobcenter_id");
CREATE INDEX "intake_handover_sent_by_id_c10cb50e" ON "intake_handover" ("sent_by_id");
CREATE INDEX "intake_handover_team_id_762d7fd9" ON "intake_handover" ("team_id");
CREATE INDEX "intake_handover_user_id_47014788" ON "intake_handover" ("user_id");
CREATE INDEX "intake_leave_application_id_37e7781c" ON "intake_leave" ("application_id");
CREATE INDEX "intake_leave_entry_id_adbe8d59" ON "intake_leave" ("entry_id");
CREATE INDEX "intake_leave_explained_by_id_c05da048" ON "intake_leave" ("explained_by_id");
CREATE INDEX "intake_leave_jobcenter_id_94539a97" ON "intake_leave" ("jobcenter_id");
CREATE INDEX "intake_leave_mended_by_id_260af416" ON "intake_leave" ("mended_by_id");
CREATE INDEX "intake_leave_second_by_id_654fa470" ON "intake_leave" ("second_by_id");
CREATE INDEX "intake_ownapplication_entry_id_5507a594" ON "intake_ownapplication" ("entry_id");
CREATE INDEX "intake_ownapplication_jobcenter_id_dc5fbea8" ON "intake_ownapplication" ("jobcenter_id");
CREATE INDEX "intake_ownapplication_vacancy_id_5fe020bd" ON "intake_ownapplication" ("vacancy_id");
CREATE INDEX "intake_promise_entry_id_215fad98" ON "intake_promise" ("entry_id");
CREATE INDEX "intake_promise_jobcenter_id_d25237ed" ON "intake_promise" ("jobcenter_id");
CREATE INDEX "intake_promise_user_id_99694198" ON "intake_promise" ("user_id");
CREATE INDEX "intake_shiftnote_by_id_98936414" ON "intake_shiftnote" ("by_id");
CREATE INDEX "intake_shiftnote_entry_id_5a69b646" ON "intake_shiftnote" ("entry_id");
CREATE INDEX "intake_shiftnote_jobcenter_id_b91f9506" ON "intake_shiftnote" ("jobcenter_id");
CREATE INDEX "intake_shiftnote_to_id_9e800476" ON "intake_shiftnote" ("to_id");
CREATE INDEX "intake_viadate_jobcenter_id_71b4850a" ON "intake_viadate" ("jobcenter_id");
CREATE INDEX "intake_viadate_led_by_id_846959a5" ON "intake_viadate" ("led_by_id");
CREATE INDEX "intake_viadate_room_id_4ef80788" ON "intake_viadate" ("room_id");
CREATE INDEX "mfa_authenticator_user_id_0c3a50c0" ON "mfa_authenticator" ("user_id");
CREATE INDEX "number_in_capitals" ON "people_number" ((UPPER("value")));
CREATE INDEX "org_absence_jobcenter_id_1efafffb" ON "org_absence" ("jobcenter_id");
CREATE INDEX "org_absence_substitute_id_924e0863" ON "org_absence" ("substitute_id");
CREATE INDEX "org_absence_user_id_b31274f5" ON "org_absence" ("user_id");
CREATE INDEX "org_apiaccess_jobcenter_id_7ae344af" ON "org_apiaccess" ("jobcenter_id");
CREATE INDEX "org_grouprole_jobcenter_id_55886ac7" ON "org_grouprole" ("jobcenter_id");
CREATE INDEX "org_grouprole_team_id_489b2a4a" ON "org_grouprole" ("team_id");
CREATE INDEX "org_position_holder_id_81bffc75" ON "org_position" ("holder_id");
CREATE INDEX "org_position_jobcenter_id_2285aab8" ON "org_position" ("jobcenter_id");
CREATE INDEX "org_position_team_id_23f2376c" ON "org_position" ("team_id");
CREATE INDEX "org_room_jobcenter_id_64b8d8f1" ON "org_room" ("jobcenter_id");
CREATE INDEX "org_team_jobcenter_id_244babb3" ON "org_team" ("jobcenter_id");
CREATE INDEX "outbox_open" ON "audit_outbox" ("created_at") WHERE "done_at" IS NULL;
CREATE INDEX "pay_row_by_state" ON "benefits_deliveryrow" ("delivery_id", "state", "table", "line");
CREATE INDEX "people_address_jobcenter_id_ea67b5cd" ON "people_address" ("jobcenter_id");
CREATE INDEX "people_address_person_id_00997e7a" ON "people_address" ("person_id");
CREATE INDEX "people_attendant_jobcenter_id_fcdd439e" ON "people_attendant" ("jobcenter_id");
CREATE INDEX "people_attendant_person_id_d28eb9ca" ON "people_attendant" ("person_id");
CREATE INDEX "people_benefitunit_jobcenter_id_66ec78b7" ON "people_benefitunit" ("jobcenter_id");
CREATE INDEX "people_callsigncounter_jobcenter_id_64654645" ON "people_callsigncounter" ("jobcenter_id");
CREATE INDEX "people_channel_jobcenter_id_1a04d272" ON "people_channel" ("jobcenter_id");
CREATE INDEX "people_channel_person_id_cbdace35" ON "people_channel" ("person_id");
CREATE INDEX "people_foreignerror_jobcenter_id_a5bed0e6" ON "people_foreignerror" ("jobcenter_id");
CREATE INDEX "people_foreignerror_person_id_b48f03f4" ON "people_foreignerror" ("person_id");
CREATE INDEX "people_foreignerror_reported_by_id_0fe4eb1d" ON "people_foreignerror" ("reported_by_id");
CREATE INDEX "people_foreignerror_settled_by_id_e3620eef" ON "people_foreignerror" ("settled_by_id");
CREATE INDEX "people_membership_benefit_unit_id_f705a236" ON "people_membership" ("benefit_unit_id");
CREATE INDEX "people_membership_jobcenter_id_e6c85546" ON "people_membership" ("jobcenter_id");
CREATE INDEX "people_membership_person_id_dd6d28d1" ON "people_membership" ("person_id");
CREATE INDEX "people_number_benefit_unit_id_9bcf607b" ON "people_number" ("benefit_unit_id");
CREATE INDEX "people_number_jobcenter_id_e6e6e525" ON "people_number" ("jobcenter_id");
CREATE INDEX "people_number_person_id_b50f63d0" ON "people_number" ("person_id");
CREATE INDEX "people_number_value_01780440" ON "people_number" ("value");
CREATE INDEX "people_person_jobcenter_id_22e67e70" ON "people_person" ("jobcenter_id");
CREATE INDEX "people_person_search_name_fcd58d39" ON "people_person" ("search_name");
CREATE INDEX "people_person_sort_name_2b7ee01c" ON "people_person" ("sort_name");
CREATE INDEX "people_person_sound_c1c836a8" ON "people_person" ("sound");
CREATE INDEX "people_personlink_by_id_f7b8c834" ON "people_personlink" ("by_id");
CREATE INDEX "people_personlink_jobcenter_id_861f3af2" ON "people_personlink" ("jobcenter_id");
CREATE INDEX "people_personlink_keep_id_4a467a42" ON "people_personlink" ("keep_id");
CREATE INDEX "people_personlink_other_id_e303cad5" ON "people_personlink" ("other_id");
CREATE INDEX "people_responsibility_jobcenter_id_8e1fcce1" ON "people_responsibility" ("jobcenter_id");
CREATE INDEX "people_responsibility_person_id_7b28e72f" ON "people_responsibility" ("person_id");
CREATE INDEX "people_responsibility_team_id_30c63374" ON "people_responsibility" ("team_id");
CREATE INDEX "people_responsibility_user_id_fdb65673" ON "people_responsibility" ("user_id");
CREATE INDEX "people_restriction_jobcenter_id_2c3c9963" ON "people_restriction" ("jobcenter_id");
CREATE INDEX "people_restriction_person_id_b46c8749" ON "people_restriction" ("person_id");
CREATE INDEX "people_restriction_users_restriction_id_b840ae9e" ON "people_restriction_users" ("restriction_id");
CREATE INDEX "people_restriction_users_user_id_ef45dfc5" ON "people_restriction_users" ("user_id");
CREATE INDEX "person_birth_date" ON "people_person" ("birth_date");
CREATE INDEX "privacy_erasure_jobcenter_id_346be904" ON "privacy_erasure" ("jobcenter_id");
CREATE INDEX "privacy_erasurewish_asked_by_id_548a61ae" ON "privacy_erasurewish" ("asked_by_id");
CREATE INDEX "privacy_erasurewish_decided_by_id_e3e6546e" ON "privacy_erasurewish" ("decided_by_id");
CREATE INDEX "privacy_erasurewish_jobcenter_id_71ddd4f0" ON "privacy_erasurewish" ("jobcenter_id");
CREATE INDEX "privacy_erasurewish_told_by_id_bc2e85cf" ON "privacy_erasurewish" ("told_by_id");
CREATE INDEX "privacy_fieldnote_jobcenter_id_2c1845e5" ON "privacy_fieldnote" ("jobcenter_id");
CREATE INDEX "privacy_fieldnote_noted_by_id_af9005fa" ON "privacy_fieldnote" ("noted_by_id");
CREATE INDEX "privacy_fieldnote_person_id_b0fcc2e2" ON "privacy_fieldnote" ("person_id");
CREATE INDEX "privacy_fieldnote_settled_by_id_085b7385" ON "privacy_fieldnote" ("settled_by_id");
CREATE INDEX "privacy_hold_jobcenter_id_6ab62e29" ON "privacy_hold" ("jobcenter_id");
CREATE INDEX "privacy_hold_lifted_by_id_3edeeb0f" ON "privacy_hold" ("lifted_by_id");
CREATE INDEX "privacy_hold_person_id_42ef191c" ON "privacy_hold" ("person_id");
CREATE INDEX "privacy_hold_restriction_id_860e9978" ON "privacy_hold" ("restriction_id");
CREATE INDEX "privacy_hold_set_by_id_1278e394" ON "privacy_hold" ("set_by_id");
CREATE INDEX "privacy_retentionitem_jobcenter_id_cd3aac41" ON "privacy_retentionitem" ("jobcenter_id");
CREATE INDEX "privacy_retentionitem_run_id_5c55b28a" ON "privacy_retentionitem" ("run_id");
CREATE INDEX "privacy_retentionrun_answered_by_id_2d53c235" ON "privacy_retentionrun" ("answered_by_id");
CREATE INDEX "privacy_retentionrun_asked_by_id_18b4bf23" ON "privacy_retentionrun" ("asked_by_id");
CREATE INDEX "privacy_retentionrun_jobcenter_id_110ddf37" ON "privacy_retentionrun" ("jobcenter_id");
CREATE INDEX "published_by_code" ON "reporting_publishedfigure" ("jobcenter_id", "kind", "code", "period");
CREATE INDEX "published_place_by_year" ON "reporting_publishedplace" ("jobcenter_id", "kind", "year");
CREATE INDEX "receipt_by_day" ON "benefits_receipt" ("starts", "ends");
CREATE INDEX "reporting_monthclosing_closed_by_id_121503ac" ON "reporting_monthclosing" ("closed_by_id");
CREATE INDEX "reporting_monthclosing_jobcenter_id_000e6cf6" ON "reporting_monthclosing" ("jobcenter_id");
CREATE INDEX "reporting_monthfigure_closing_id_9c51ef95" ON "reporting_monthfigure" ("closing_id");
CREATE INDEX "reporting_monthfigure_jobcenter_id_3500b19c" ON "reporting_monthfigure" ("jobcenter_id");
CREATE INDEX "reporting_monthfigure_told_by_id_1618133c" ON "reporting_monthfigure" ("told_by_id");
CREATE INDEX "reporting_ownplace_jobcenter_id_3ef06b51" ON "reporting_ownplace" ("jobcenter_id");
CREATE INDEX "reporting_publishedfigure_jobcenter_id_8a4a7987" ON "reporting_publishedfigure" ("jobcenter_id");
CREATE INDEX "reporting_publishedfigure_table_id_381652fd" ON "reporting_publishedfigure" ("table_id");
CREATE INDEX "reporting_publishedfile_jobcenter_id_0276c677" ON "reporting_publishedfile" ("jobcenter_id");
CREATE INDEX "reporting_publishedindicator_jobcenter_id_a4a46533" ON "reporting_publishedindicator" ("jobcenter_id");
CREATE INDEX "reporting_publishedmapping_jobcenter_id_9b918f9b" ON "reporting_publishedmapping" ("jobcenter_id");
CREATE INDEX "reporting_publishedplace_jobcenter_id_623d5fd1" ON "reporting_publishedplace" ("jobcenter_id");
CREATE INDEX "reporting_publishedplace_table_id_642536c8" ON "reporting_publishedplace" ("table_id");
CREATE INDEX "reporting_publishedreject_jobcenter_id_e9860848" ON "reporting_publishedreject" ("jobcenter_id");
CREATE INDEX "reporting_publishedreject_table_id_23229faa" ON "reporting_publishedreject" ("table_id");
CREATE INDEX "reporting_publishedtable_jobcenter_id_10c7ff34" ON "reporting_publishedtable" ("jobcenter_id");
CREATE INDEX "reporting_publishedtable_uploaded_by_id_f85fadd1" ON "reporting_publishedtable" ("uploaded_by_id");
CREATE INDEX "responsibility_of_team" ON "people_responsibility" ("team_id", "kind", "valid_to");
CREATE INDEX "retention_item_open" ON "privacy_retentionitem" ("run_id", "state");
CREATE INDEX "row_by_state_and_line" ON "vacancies_deliveryrow" ("delivery_id", "state", "line");
CREATE INDEX "seal_by_end" ON "audit_accessseal" ("last_id");
CREATE INDEX "socialaccount_socialaccount_user_id_8146e70c" ON "socialaccount_socialaccount" ("user_id");
CREATE INDEX "socialaccount_socialtoken_account_id_951f210e" ON "socialaccount_socialtoken" ("account_id");
CREATE INDEX "socialaccount_socialtoken_app_id_636a42d7" ON "socialaccount_socialtoken" ("app_id");
CREATE INDEX "urgent_unconfirmed" ON "benefits_urgentreport" ("due_at") WHERE "confirmed_at" IS NULL;
CREATE INDEX "vacancies_csvmapping_jobcenter_id_ab4b43b0" ON "vacancies_csvmapping" ("jobcenter_id");
CREATE INDEX "vacancies_delivery_jobcenter_id_f54c22d4" ON "vacancies_delivery" ("jobcenter_id");
CREATE INDEX "vacancies_delivery_uploaded_by_id_4d34a802" ON "vacancies_delivery" ("uploaded_by_id");
CREATE INDEX "vacancies_deliveryfile_jobcenter_id_1d0e840e" ON "vacancies_deliveryfile" ("jobcenter_id");
CREATE INDEX "vacancies_deliveryrow_delivery_id_6ee6218c" ON "vacancies_deliveryrow" ("delivery_id");
CREATE INDEX "vacancies_deliveryrow_jobcenter_id_1661f179" ON "vacancies_deliveryrow" ("jobcenter_id");
CREATE INDEX "vacancies_deliveryrow_vacancy_id_f66368d1" ON "vacancies_deliveryrow" ("vacancy_id");
CREATE INDEX "vacancies_postalplace_jobcenter_id_d49b50de" ON "vacancies_postalplace" ("jobcenter_id");
CREATE INDEX "vacancies_vacancy_jobcenter_id_de6ffbd6" ON "vacancies_vacancy" ("jobcenter_id");
CREATE INDEX "vacancy_open" ON "vacancies_vacancy" ("state", "published_on" DESC);
CREATE INDEX "via_date_by_kind" ON "intake_viadate" ("kind", "starts_at");
CREATE INDEX "via_date_by_start" ON "intake_viadate" ("starts_at");
CREATE TRIGGER audit_accessevent_no_delete BEFORE DELETE ON audit_accessevent WHEN OLD.at > datetime('now', '-12 months') BEGIN SELECT RAISE(ABORT, 'audit_accessevent is kept for 12 months'); END;
CREATE TRIGGER audit_accessevent_no_update BEFORE UPDATE ON audit_accessevent BEGIN SELECT RAISE(ABORT, 'audit_accessevent is append-only'); END;
CREATE TRIGGER audit_accessseal_no_delete BEFORE DELETE ON audit_accessseal BEGIN SELECT RAISE(ABORT, 'audit_accessseal is append-only'); END;
CREATE TRIGGER audit_accessseal_no_update BEFORE UPDATE ON audit_accessseal BEGIN SELECT RAISE(ABORT, 'audit_accessseal is append-only'); END;
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE TRIGGER audit_eventpayload_no_update BEFORE UPDATE ON audit_eventpayload BEGIN SELECT RAISE(ABORT, 'audit_eventpayload is append-only'); END;
CREATE UNIQUE INDEX "account_emailaddress_user_id_email_987c8728_uniq" ON "account_emailaddress" ("user_id", "email");
CREATE UNIQUE INDEX "api_access_name_once" ON "org_apiaccess" ("jobcenter_id", "name") WHERE "revoked_at" IS NULL;
CREATE UNIQUE INDEX "auth_group_permissions_group_id_permission_id_0cd325b0_uniq" ON "auth_group_permissions" ("group_id", "permission_id");
CREATE UNIQUE INDEX "auth_permission_content_type_id_codename_01ab375a_uniq" ON "auth_permission" ("content_type_id", "codename");
CREATE UNIQUE INDEX "decision_key_plain" ON "benefits_decision" ("benefit_unit_id", "decided_on", "kind") WHERE "granted_from" IS NULL;
CREATE UNIQUE INDEX "django_content_type_app_label_model_76bd3d3b_uniq" ON "django_content_type" ("app_label", "model");
CREATE UNIQUE INDEX "figure_in_force_once" ON "reporting_monthfigure" ("closing_id", "code", "part") WHERE "replaced_at" IS NULL;
CREATE UNIQUE INDEX "household_paper_once" ON "benefits_paper" ("application_id", "rule") WHERE "person_id" IS NULL;
CREATE UNIQUE INDEX "housing_limits_once" ON "benefits_housinglimits" ("jobcenter_id", "valid_from") WHERE "replaced_at" IS NULL;
CREATE UNIQUE INDEX "linked_once" ON "people_personlink" ("other_id") WHERE ("same" AND "undone_at" IS NULL);
CREATE UNIQUE INDEX "one_answer_per_group" ON "intake_answerset" ("entry_id", "group") WHERE "superseded_at" IS NULL;
CREATE UNIQUE INDEX "one_emergency_login" ON "accounts_user" ("jobcenter_id") WHERE "is_emergency";
CREATE UNIQUE INDEX "one_open_conversation" ON "intake_conversation" ("entry_id") WHERE "finished_at" IS NULL;
CREATE UNIQUE INDEX "one_open_entry_per_person" ON "intake_entry" ("person_id") WHERE NOT ("state" IN ('ended', 'referred'));
CREATE UNIQUE INDEX "one_open_erasure_wish" ON "privacy_erasurewish" ("jobcenter_id", "person_id") WHERE "state" IN ('asked', 'granted', 'told');
CREATE UNIQUE INDEX "one_open_error_per_field" ON "people_foreignerror" ("person_id", "what") WHERE "settled_at" IS NULL;
CREATE UNIQUE INDEX "one_open_handover" ON "intake_handover" ("entry_id") WHERE "state" = 'sent';
CREATE UNIQUE INDEX "one_open_hold_per_kind" ON "privacy_hold" ("person_id", "kind") WHERE "lifted_at" IS NULL;
CREATE UNIQUE INDEX "one_open_responsibility" ON "people_responsibility" ("person_id", "kind") WHERE "valid_to" IS NULL;
CREATE UNIQUE INDEX "one_open_restriction" ON "people_restriction" ("person_id") WHERE "valid_to" IS NULL;
CREATE UNIQUE INDEX "one_open_retention_run" ON "privacy_retentionrun" ("jobcenter_id") WHERE "state" IN ('asked', 'checked', 'released');
CREATE UNIQUE INDEX "one_open_whole_membership" ON "people_membership" ("person_id") WHERE ("stay" = 'whole' AND "valid_to" IS NULL);
CREATE UNIQUE INDEX "one_outcome_in_force" ON "benefits_applicationoutcome" ("application_id") WHERE "revoked_at" IS NULL;
CREATE UNIQUE INDEX "one_seat_per_entry" ON "intake_booking" ("date_id", "entry_id") WHERE "undone_at" IS NULL;
CREATE UNIQUE INDEX "one_waiting_report_per_kind" ON "benefits_urgentreport" ("person_id", "kind") WHERE ("closed_at" IS NULL AND "confirmed_at" IS NULL);
CREATE UNIQUE INDEX "open_membership_once_per_unit" ON "people_membership" ("person_id", "benefit_unit_id") WHERE "valid_to" IS NULL;
CREATE UNIQUE INDEX "people_restriction_users_restriction_id_user_id_343c7f61_uniq" ON "people_restriction_users" ("restriction_id", "user_id");
CREATE UNIQUE INDEX "socialaccount_socialaccount_provider_uid_fc810c6e_uniq" ON "socialaccount_socialaccount" ("provider", "uid");
CREATE UNIQUE INDEX "socialaccount_socialtoken_app_id_account_id_fca4e0ac_uniq" ON "socialaccount_socialtoken" ("app_id", "account_id");
CREATE UNIQUE INDEX "subject_once" ON "accounts_user" ("issuer", "subject") WHERE NOT ("subject" = '');
CREATE UNIQUE INDEX "unique_authenticator_type" ON "mfa_authenticator" ("user_id", "type") WHERE "type" IN ('totp', 'recovery_codes');
CREATE UNIQUE INDEX "unique_primary_email" ON "account_emailaddress" ("user_id", "primary") WHERE "primary";
CREATE UNIQUE INDEX "unique_verified_email" ON "account_emailaddress" ("email") WHERE "verified";
CREATE UNIQUE INDEX "vacancy_handed_once" ON "intake_handedvacancy" ("entry_id", "vacancy_id") WHERE "undone_at" IS NULL;
