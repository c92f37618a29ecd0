"""The published data sets whose files are not at hand: rows written exactly in their format are read as they mean."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kg import sources
from kg.alignment import align
from kg.linking import KINDS, is_unsure, lexicons, link
from kg.sources import Reading

if TYPE_CHECKING:
    from kg.lexicon import Lexicon
    from kg.ontology import Ontology

Publish = Callable[..., Reading]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """A function that writes files (name to content, bytes for images) and reads them as the source of that name."""

    def write(name: str, files: dict[str, str | bytes]) -> Reading:
        for file, content in files.items():
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        reading = sources.read(name, tmp_path, progress=False)
        assert reading.rows_in == reading.images.num_rows + reading.rejects.num_rows
        return reading

    return write


def said(reading: Reading, *columns: str) -> set[tuple[object, ...]]:
    """What is said of each image: key, surface and polarity, with further columns of the statements."""
    names = ("image", "surface", "polarity", *columns)
    rows = zip(*(reading.statements[name].to_pylist() for name in names), strict=True)
    return {(str(image).partition(":")[2], *rest) for image, *rest in rows}


def recorded(reading: Reading, *columns: str) -> list[tuple[object, ...]]:
    return list(zip(*(reading.images[name].to_pylist() for name in columns), strict=True))


@pytest.fixture(scope="module")
def choice(ontology: "Ontology") -> "dict[str, list[Lexicon]]":
    return {kind: lexicons(ontology, kind) for kind in KINDS}


_BROAD = {"melanocytic nevus"}  # classes that hold more than the term: unsure.csv tells of them


@pytest.mark.parametrize("name", sources.names())
def test_every_name_that_a_source_gives_is_surely_a_term(name: str, choice: "dict[str, list[Lexicon]]") -> None:
    for fact in sources.describe(name).all_facts:
        meanings = [meaning.term for each in (fact.values or {}).values() for meaning in each]
        for term in {*meanings, *(fact.terms or {}).values(), *([fact.term] if fact.term else [])}:
            found = link(term, choice[fact.role])
            assert found, (fact.columns, term)
            assert term in _BROAD or not is_unsure(found.rule), (fact.columns, term, found.term.label)


def test_isic_2018_one_column_a_class(publish: Publish) -> None:
    reading = publish(
        "isic2018",
        {
            "ISIC2018_Task3_Training_GroundTruth.csv": "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\n"
            "ISIC_0024306,0.0,1.0,0.0,0.0,0.0,0.0,0.0\nISIC_0024307,0.0,0.0,0.0,1.0,0.0,0.0,0.0\n",
            "ISIC2018_Task3_Validation_GroundTruth.csv": "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\n"
            "ISIC_0034321,1.0,0.0,0.0,0.0,0.0,0.0,0.0\n",
            "ISIC2018_Task3_Training_LesionGroupings.csv": "image,lesion_id\n"
            "ISIC_0024306,HAM_0000550\nISIC_0024307,HAM_0000550\n",
            "ISIC2018_Task3_Training_Input/ISIC_0024306.jpg": b"x",
        },
    )
    assert recorded(reading, "key", "lesion", "source_split", "available") == [
        ("ISIC_0024306", "isic2018:HAM_0000550", "train", True),
        ("ISIC_0024307", "isic2018:HAM_0000550", "train", False),
        ("ISIC_0034321", None, "val", False),
    ]
    assert said(reading) == {
        ("ISIC_0024306", "melanocytic nevus", "present"),
        ("ISIC_0024307", "keratinocytic precursors and in situ carcinoma", "present"),
        ("ISIC_0034321", "melanoma", "present"),
    }


def test_isic_2019_takes_age_sex_and_lesion_from_its_metadata(publish: Publish) -> None:
    reading = publish(
        "isic2019",
        {
            "ISIC_2019_Training_GroundTruth.csv": "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n"
            "ISIC_0000001,0.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\n"
            "ISIC_0000017_downsampled,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,0.0\n"
            "ISIC_0000080_downsampled,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0\n",
            "ISIC_2019_Training_Metadata.csv": "image,age_approx,anatom_site_general,lesion_id,sex\n"
            "ISIC_0000001,30,anterior torso,,female\n"
            "ISIC_0000017_downsampled,50,palms/soles,BCN_0000001,male\n"
            "ISIC_0000080_downsampled,,,,\n",
        },
    )
    assert recorded(reading, "age", "sex", "lesion") == [
        (30, "female", None),
        (50, "male", "isic2019:BCN_0000001"),
        (None, None, None),
    ]
    assert said(reading) == {
        ("ISIC_0000001", "melanocytic nevus", "present"),
        ("ISIC_0000001", "trunk", "present"),
        ("ISIC_0000017_downsampled", "cutaneous squamous cell carcinoma", "present"),
        ("ISIC_0000017_downsampled", "palmoplantar region", "present"),
    }


def test_isic_archive_without_the_columns_that_an_export_leaves_out(publish: Publish) -> None:
    reading = publish(
        "isic-archive",
        {
            "metadata.csv": "isic_id,attribution,copyright_license,age_approx,sex,family_hx_mm,image_type,"
            "diagnosis_1,diagnosis_3,diagnosis_4,diagnosis_confirm_type,fitzpatrick_skin_type\n"
            'ISIC_1,Someone,CC-BY,85,male,True,TBP tile: close-up,Benign,Nevus,"Nevus, Combined",histopathology,II\n'
            "ISIC_2,Someone,CC-0,,,,dermoscopic,Malignant,Melanoma Invasive,,,\n"
        },
    )
    assert recorded(reading, "age", "sex", "patient", "modality") == [
        (85, "male", None, "clinical"),
        (None, None, None, "dermoscopic"),
    ]
    assert said(reading, "confirmed_by") == {
        ("ISIC_1", "melanocytic nevi and lentigines", "present", "histopathology"),
        ("ISIC_1", "Nevus, Combined", "present", "histopathology"),
        ("ISIC_1", "family history of melanoma", "present", None),
        ("ISIC_1", "Fitzpatrick skin type II", "present", None),
        ("ISIC_2", "invasive melanoma", "present", None),
    }


def test_milk10k_two_images_of_a_lesion_share_its_class(publish: Publish) -> None:
    header = "lesion_id,image_type,isic_id,attribution,copyright_license,image_manipulation,age_approx,sex,"
    reading = publish(
        "milk10k",
        {
            "MILK10k_Training_Metadata.csv": header + "skin_tone_class,site,MONET_hair\n"
            "IL_1,clinical: close-up,ISIC_81,MILK study team,CC-BY-NC,altered,70,male,1,head_neck_face,0.16\n"
            "IL_1,dermoscopic,ISIC_46,MILK study team,CC-BY-NC,instrument only,70,male,1,head_neck_face,0.15\n",
            "MILK10k_Training_GroundTruth.csv": "lesion_id,AKIEC,BCC,BEN_OTH,BKL,DF,INF,MAL_OTH,MEL,NV,SCCKA,VASC\n"
            "IL_1,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,0.0\n",
            "MILK10k_Training_Supplement.csv": "isic_id,diagnosis_full,diagnosis_confirm_type,"
            "invasion_thickness_interval\nISIC_46,Keratoacanthoma,histopathology,\n",
            "MILK10k_Training_Input/IL_1/ISIC_81.jpg": b"x",
        },
    )
    assert recorded(reading, "key", "modality", "lesion", "available") == [
        ("ISIC_81", "clinical", "milk10k:IL_1", True),
        ("ISIC_46", "dermoscopic", "milk10k:IL_1", False),
    ]
    assert said(reading, "confirmed_by") == {
        ("ISIC_81", "squamous cell carcinoma", "present", None),
        ("ISIC_81", "head and neck", "present", None),
        ("ISIC_46", "squamous cell carcinoma", "present", "histopathology"),
        ("ISIC_46", "Keratoacanthoma", "present", "histopathology"),
        ("ISIC_46", "head and neck", "present", None),
    }


def test_ddi_with_its_concepts(publish: Publish, choice: "dict[str, list[Lexicon]]") -> None:
    concepts = sources.describe("ddi").joins[0].facts[0].columns
    marks = ["1" if concept in {"Papule", "Warty/Papillomatous"} else "0" for concept in concepts]
    reading = publish(
        "ddi",
        {
            "ddi_metadata.csv": ",DDI_ID,DDI_file,skin_tone,malignant,disease\n"
            "0,1,000001.png,56,TRUE,melanoma-in-situ\n1,2,000002.png,12,FALSE,verruca-vulgaris\n",
            "annotations_ddi.csv": f",ImageID,{','.join(concepts)},Do not consider this image\n"
            f"0,000002.png,{','.join(marks)},0\n1,000001.png,{','.join(marks)},1\n",
        },
    )
    assert recorded(reading, "key") == [("000001.png",), ("000002.png",)]
    diseases = {(key, surface) for key, surface, _, proof in said(reading, "confirmed_by") if proof}
    assert diseases == {("000001.png", "melanoma-in-situ"), ("000002.png", "verruca-vulgaris")}
    shown = {
        (key, surface) for key, surface, polarity, who in said(reading, "annotator") if who and polarity == "present"
    }
    assert shown == {("000002.png", "Papule"), ("000002.png", "Warty/Papillomatous")}
    assert len({surface for _, surface, polarity in said(reading) if polarity == "absent"}) == len(concepts) - 2
    assert "1 rows of annotations_ddi.csv dropped, marked 'Do not consider this image'" in reading.notes


SCIN_CASES = (
    "case_id,source,release,year,age_group,sex_at_birth,fitzpatrick_skin_type,"
    "textures_raised_or_bumpy,textures_flat,textures_rough_or_flaky,textures_fluid_filled,"
    "body_parts_head_or_neck,body_parts_arm,body_parts_palm,body_parts_back_of_hand,body_parts_torso_front,"
    "body_parts_torso_back,body_parts_genitalia_or_groin,body_parts_buttocks,body_parts_leg,"
    "body_parts_foot_top_or_side,body_parts_foot_sole,body_parts_other,"
    "condition_symptoms_bothersome_appearance,condition_symptoms_bleeding,condition_symptoms_increasing_size,"
    "condition_symptoms_darkening,condition_symptoms_itching,condition_symptoms_burning,condition_symptoms_pain,"
    "condition_symptoms_no_relevant_experience,other_symptoms_fever,other_symptoms_chills,other_symptoms_fatigue,"
    "other_symptoms_joint_pain,other_symptoms_mouth_sores,other_symptoms_shortness_of_breath,"
    "other_symptoms_no_relevant_symptoms,related_category,condition_duration,"
    "image_1_path,image_2_path,image_3_path,image_1_shot_type,image_2_shot_type,image_3_shot_type"
)
SCIN_LABELS = (
    "case_id,dermatologist_skin_condition_on_label_name,dermatologist_skin_condition_confidence,"
    "weighted_skin_condition_label,dermatologist_fitzpatrick_skin_type_label_1,"
    "dermatologist_fitzpatrick_skin_type_label_2,dermatologist_fitzpatrick_skin_type_label_3,"
    "monk_skin_tone_label_india,monk_skin_tone_label_us"
)


def scin_case(**cells: str) -> str:
    return ",".join(cells.get(name, "") for name in SCIN_CASES.split(","))


def test_scin_differential_of_three_pictures_of_a_case(publish: Publish, ontology: "Ontology") -> None:
    reading = publish(
        "scin",
        {
            "dataset/scin_cases.csv": "\n".join(
                [
                    SCIN_CASES,
                    scin_case(
                        case_id="-1",
                        age_group="AGE_30_TO_39",
                        sex_at_birth="FEMALE",
                        fitzpatrick_skin_type="FST3",
                        body_parts_arm="YES",
                        textures_rough_or_flaky="YES",
                        condition_symptoms_itching="YES",
                        condition_duration="ONE_TO_FOUR_WEEKS",
                        image_1_path="dataset/images/-11.png",
                        image_3_path="dataset/images/-13.png",
                    ),
                    scin_case(case_id="2", fitzpatrick_skin_type="NONE_SELECTED", image_1_path="dataset/images/2.png"),
                ]
            )
            + "\n",
            "dataset/scin_labels.csv": f"{SCIN_LABELS}\n"
            "-1,\"['Eczema', 'Psoriasis']\",\"[3, 2]\",\"{'Psoriasis': 0.33, 'Eczema': 0.67}\",FST2,,,4,3\n"
            "2,['Acne'],[5],{'Acne': 1.0},,,,,\n",
            "dataset/images/-11.png": b"x",
        },
    )
    assert recorded(reading, "key", "case", "age", "sex", "available") == [
        ("-1-1", "scin:-1", 35, "female", True),
        ("2-1", "scin:2", None, None, False),
        ("-1-3", "scin:-1", 35, "female", False),
    ]
    weighted = {row for row in said(reading, "weight", "rank", "raw") if row[4] is not None}
    assert {
        (key, name, polarity, round(float(str(weight)), 2), rank) for key, name, polarity, weight, rank, _ in weighted
    } == {
        ("-1-1", "Eczema", "uncertain", 0.67, 1),
        ("-1-1", "Psoriasis", "uncertain", 0.33, 2),
        ("-1-3", "Eczema", "uncertain", 0.67, 1),
        ("-1-3", "Psoriasis", "uncertain", 0.33, 2),
        ("2-1", "Acne", "present", 1.0, 1),
    }
    assert {(surface, who) for key, surface, _, who in said(reading, "annotator") if key == "-1-3" and who} == {
        ("FST3", "self-reported"),
        ("FST2", "dermatologist 1"),
        ("Monk skin tone 4", "graders in India"),
        ("Monk skin tone 3", "graders in the US"),
    }
    diseases = [row for row in align(reading, ontology).facts.to_pylist() if row["weight"] is not None]
    assert {(row["image"], row["relation"], row["rank"]) for row in diseases if row["image"] != "scin:-1-3"} == {
        ("scin:-1-1", "suspects", 1),
        ("scin:-1-1", "suspects", 2),
        ("scin:2-1", "depicts", 1),
    }
    others = {
        surface for key, surface, _, who, weight in said(reading, "annotator", "weight") if not who and not weight
    }
    assert others == {"upper limb", "rough surface", "pruritus", "duration of one to four weeks"}


def test_folders_of_class_names(publish: Publish) -> None:
    reading = publish(
        "sd-198",
        {
            "sd-198/images/Acne_Keloidalis_Nuchae/012126HB.jpg": b"x",
            "sd-198/images/Toe_Deformity/020.jpg": b"x",
            "sd-198/images/Toe_Deformity/._020.jpg": b"x",
            "sd-198/images.txt": "1 Acne_Keloidalis_Nuchae/012126HB.jpg\n",
        },
    )
    assert recorded(reading, "key", "path") == [
        ("012126HB", "sd-198/images/Acne_Keloidalis_Nuchae/012126HB.jpg"),
        ("020", "sd-198/images/Toe_Deformity/020.jpg"),
    ]
    assert said(reading, "column") == {("012126HB", "Acne_Keloidalis_Nuchae", "present", "folder")}


def test_dermnet_folder_that_joins_diseases_is_certain_of_none(publish: Publish) -> None:
    reading = publish(
        "dermnet",
        {
            "train/Melanoma Skin Cancer Nevi and Moles/a.jpg": b"x",
            "test/Warts Molluscum and other Viral Infections/b.jpg": b"x",
        },
    )
    assert dict(recorded(reading, "key", "source_split")) == {
        "train/Melanoma Skin Cancer Nevi and Moles/a.jpg": "train",
        "test/Warts Molluscum and other Viral Infections/b.jpg": "test",
    }
    assert {(surface, polarity) for _, surface, polarity in said(reading)} == {
        ("melanoma", "uncertain"),
        ("melanocytic nevus", "uncertain"),
        ("viral skin infections", "present"),
    }


@pytest.mark.parametrize(
    ("name", "file", "row", "key", "surface", "split"),
    [
        (
            "snu-134",
            "SNU-LP.csv",
            "data/downstream/SNU/images/herpessimplex_8.jpg,herpes simplex,test,17",
            "herpessimplex_8.jpg",
            "herpes simplex",
            "test",
        ),
        (
            "sd-128",
            "SD-128-LP.csv",
            "data/downstream/SD-128/images/009108VB.jpg,congenital nevus,val,24",
            "009108VB.jpg",
            "congenital nevus",
            "val",
        ),
        (
            "daffodil",
            "Daffodil-LP.csv",
            "data/downstream/Daffodil/images/flip-0sjs-ten-hand-51.jpeg,SJS/TEN,train,2",
            "flip-0sjs-ten-hand-51.jpeg",
            "SJS/TEN",
            None,
        ),
    ],
)
def test_tables_of_linear_probing(
    name: str, file: str, row: str, key: str, surface: str, split: str | None, publish: Publish
) -> None:
    reading = publish(name, {file: f"image_path,diag,split,label\n{row}\n", f"images/{key}": b"x"})
    assert recorded(reading, "key", "available", "source_split") == [(key, True, split)]
    assert said(reading) == {(key, surface, "present")}


def test_skincap_caption_and_disease(publish: Publish) -> None:
    reading = publish(
        "skincap",
        {
            "skincap_v240623.csv": "id,skincap_file_path,disease,caption_zh_polish_en\n"
            "1,1.png,acne vulgaris,The face shows comedones.\n"
        },
    )
    assert reading.captions.to_pylist() == [
        {"image": "skincap:1.png", "column": "caption_zh_polish_en", "text": "The face shows comedones."}
    ]
    assert said(reading) == {("1.png", "acne vulgaris", "present")}


def test_agentaug_caption_that_is_the_word_nan_is_none(publish: Publish) -> None:
    columns = "filename,truncated_caption,ontology_caption,visual_concept_caption,"
    columns += ",".join(f"subcaption_{n}" for n in range(1, 9))
    columns += ",sub_caption_mask,knowledge_masks,ontology_label,source,source_type\n"
    empty = "," * (columns.count(",") - 1)
    reading = publish(
        "derm1m-agentaug",
        {
            "MAGEN_train.csv": columns
            + f"data/pretrain/images/youtube/a.jpg,A red plaque.{empty}\n"
            + f"data/pretrain/images/youtube/b.jpg,nan{empty}\n"
        },
    )
    assert recorded(reading, "key", "source_split") == [("youtube/a.jpg", "train"), ("youtube/b.jpg", "train")]
    assert reading.captions["text"].to_pylist() == ["A red plaque."]


def test_make_example(real_data: Path) -> None:
    reading = sources.read("make", real_data / "derm1m" / "MAKE_training_example.csv", progress=False)
    assert reading.rejects.num_rows == 0
    assert not any(str(key).startswith("/") for (key,) in recorded(reading, "key"))
    assert {"ichthyosis", "erythema, scale"} <= {surface for _, surface, _ in said(reading)}


def test_derm1m_takes_concepts_from_their_own_file(publish: Publish) -> None:
    columns = "filename,caption,truncated_caption,source,source_type,disease_label,hierarchical_disease_label,"
    columns += "skin_concept,body_location,symptoms,age,gender\n"
    reading = publish(
        "derm1m",
        {
            "Derm1M_v2_pretrain.csv": columns + "edu/a.png,A rash.,A rash.,youtube,edu,psoriasis,,No visual concepts,"
            "No body location information,No symptom information,No age information,No gender information\n",
            "concept.csv": 'filename,disease_label,skin_concept\nedu/a.png,psoriasis,"scale, red"\n',
        },
    )
    assert said(reading, "column") == {
        ("edu/a.png", "psoriasis", "present", "disease_label"),
        ("edu/a.png", "scale, red", "present", "skin_concept"),
    }


def test_derm1m_oral_is_a_site_in_doubt_that_only_the_caption_settles(publish: Publish, ontology: "Ontology") -> None:
    columns = "filename,caption,truncated_caption,source,source_type,disease_label,hierarchical_disease_label,"
    columns += "skin_concept,body_location,symptoms,age,gender\n"
    row = '{},{},,youtube,edu,psoriasis,,No visual concepts,"{}",No symptom information,No age information,\n'
    rows = [row.format("a.png", "Red plaques. Oral drugs may help.", "elbow, oral"), row.format("b.png", "", "oral")]
    rows.append(row.format("c.png", "Plaques of the oral mucosa.", "oral"))

    reading = publish("derm1m", {"Derm1M_v2_pretrain.csv": columns + "".join(rows)})
    aligned = align(reading, ontology)

    sites = {
        row["image"]: ontology.term(row["term"]).label for row in aligned.facts.to_pylist() if "Site" in row["relation"]
    }
    assert sites == {"derm1m:a.png": "elbow", "derm1m:c.png": "oral mucosa"}
    assert aligned.passed_over["site uncertain"] == 3


def test_dermacon_in_both_tone_scales_and_descriptors(publish: Publish) -> None:
    reading = publish(
        "dermacon-in",
        {
            "Skin_Metadata.csv": "Image_name,Subject_ID,Quality,Sex,Age,Gradability,Fitzpatrick,Monk_skin_tone,"
            "Body_part,Descriptors,Main_class,Sub_class,Disease_label,Confidence\n"
            'IMG_0001.jpg,SUB00001,"Yes, the quality is sufficient for diagnosis",Male,30 - 40,Yes,FST 4,MST 6,'
            "Armpits (Axillary Region),Plaque;Crust,Infectious Disorders,Bacterial,Impetigo,4\n"
            "IMG_0002.jpg,SUB00001,N/A,Female,80 - 100,No,N/A,N/A,N/A,N/A,No Definite Diagnosis,N/A,N/A,1\n"
        },
    )
    assert recorded(reading, "patient", "age", "sex") == [
        ("dermacon-in:SUB00001", 35, "male"),
        ("dermacon-in:SUB00001", 90, "female"),
    ]
    surfaces = ["Impetigo", "FST 4", "MST 6", "Armpits (Axillary Region)", "Plaque;Crust"]
    assert said(reading) == {("IMG_0001.jpg", surface, "present") for surface in surfaces}


def write_workbook(path: Path, rows: list[list[object]]) -> None:
    from openpyxl import Workbook

    path.parent.mkdir(parents=True, exist_ok=True)
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    workbook.save(path)


def test_ph2_workbook_with_its_header_in_line_13(tmp_path: Path) -> None:
    header = ["Image Name", "Histological Diagnosis", "Common Nevus", "Atypical Nevus", "Melanoma"]
    header += ["Asymmetry\n(0/1/2)", "Pigment Network\n(AT/T)", "Dots/Globules\n(A/AT/T)", "Streaks\n(A/P)"]
    header += ["Regression Areas\n(A/P)", "Blue-Whitish Veil\n(A/P)"]
    header += ["White", "Red", "Light-Brown", "Dark-Brown", "Blue-Gray", "Black"]
    legend: list[list[object]] = [["Legends"], *[[None] for _ in range(11)]]
    case = ["IMD003", None, None, None, "X", 2, "AT", "A", "P", "A", "A", None, None, "X", None, "X", None]
    write_workbook(tmp_path / "PH2_dataset.xlsx", [*legend, list(header), case])
    (tmp_path / "PH2 Dataset images" / "IMD003").mkdir(parents=True)
    (tmp_path / "PH2 Dataset images" / "IMD003" / "IMD003.bmp").write_bytes(b"x")

    reading = sources.read("ph2", tmp_path, progress=False)

    assert recorded(reading, "key", "available", "modality") == [("IMD003", True, "dermoscopic")]
    assert said(reading, "confirmed_by") == {
        ("IMD003", "melanoma", "present", "clinician"),
        ("IMD003", "asymmetric outline", "present", None),
        ("IMD003", "atypical pigment network", "present", None),
        ("IMD003", "dots and globules", "absent", None),
        ("IMD003", "streaks", "present", None),
        ("IMD003", "regression structures", "absent", None),
        ("IMD003", "blue-whitish veil", "absent", None),
        ("IMD003", "brown", "present", None),
    }


def test_midas_workbook_with_ranked_impressions(tmp_path: Path) -> None:
    header = ["", "midas_record_id", "midas_file_name", "midas_iscontrol", "midas_distance", "midas_location"]
    header += ["midas_path", "midas_pathreport", "midas_gender", "midas_age", "midas_fitzpatrick", "midas_melanoma"]
    header += ["midas_ethnicity", "midas_race", "clinical_impression_1", "clinical_impression_2"]
    header += ["clinical_impression_3", "length_(mm)", "width_(mm)"]
    case = [1, 7, "s-prd-1.jpeg", "no", "dscope", "back", "malignant- bcc", "report", "Female", 61]
    case += ["II fair skin, blue eyes", "no", "no", "white", "basal cell carcinoma", "melanoma", None, 4, 3.5]
    control = [2, 7, "s-prd-2.jpeg", "yes", "6in", "back", None, None, "Female", 61, None, None, None, None]
    write_workbook(tmp_path / "release_midas.xlsx", [list(header), case, control])
    (tmp_path / "s-prd-1.jpg").write_bytes(b"x")

    reading = sources.read("midas", tmp_path, progress=False)

    assert recorded(reading, "path", "patient", "age", "sex", "modality") == [
        ("s-prd-1.jpg", "midas:7", 61, "female", "dermoscopic"),
        (None, "midas:7", 61, "female", "clinical"),
    ]
    assert said(reading, "rank") == {
        ("s-prd-1.jpeg", "basal cell carcinoma", "present", None),
        ("s-prd-1.jpeg", "basal cell carcinoma", "uncertain", 1),
        ("s-prd-1.jpeg", "melanoma", "uncertain", 2),
        ("s-prd-1.jpeg", "Fitzpatrick skin type II", "present", None),
        ("s-prd-1.jpeg", "back", "present", None),
        ("s-prd-2.jpeg", "back", "present", None),
    }
