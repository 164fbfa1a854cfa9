"""
Where the demo's customers live and what they are called there: invented people of real countries.

E-mail hosts are reserved for examples. Telephone numbers of the small company come from ranges reserved for fiction where a country
has one; those of large companies are valid ones of no known owner, as a million different ones are needed: never dial them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

HOSTS = ("example.com", "example.org", "example.net", "mail.example", "correo.example", "post.example", "web.example")


@dataclass(frozen=True, slots=True)
class Land:
    """
    A country, or a language of one. `share` of a thousand customers; `team` is part of the name of the team that serves it. Numbers
    hold # for figures: `fiction` of the small company, `mobile` and `fixed` of large ones. Names and places are parted by spaces or
    commas, commonest first; `stems` and `endings` make the many rare family names.
    """

    country: str
    language: str
    time_zone: str
    share: int
    team: str
    fiction: str
    mobile: str
    fixed: str
    given: Sequence[str]
    family: Sequence[str]
    stems: Sequence[str]
    endings: Sequence[str]
    families: float  # of people with two family names
    places: Sequence[tuple[str, str, str]]  # postal code with # for figures, city, region
    streets: Sequence[str]  # {s} is a name, {n} a number
    street_names: Sequence[str]
    company: Sequence[str]  # {f} is a family name


def _w(words: str) -> tuple[str, ...]:
    return (
        tuple(words.replace("_", "\u00a0").replace("\u00a0", " ").split(",")) if "," in words else tuple(words.split())
    )


_ES_STREETS = _w(
    "Mayor,de la Palma,del Olmo,San Juan,Real,Nueva,de Alcalá,Cervantes,de la Luna,del Sol,Goya,Velázquez,Colón,de la Paz,"
    "del Carmen,Santa Ana,de los Reyes,del Prado,Lepanto,Serrano,de la Fuente,del Río,Jardines,Constitución,Larga,Ancha,"
    "de la Iglesia,Molino,Huertas,Bailén,Ferraz,Atocha,Toledo,Zurbano,Almagro,Balmes,Aragón,Murillo,Quevedo,Góngora"
)
_GB_STREETS = _w(
    "Mill,Station,King,Queen,Church,Park,Victoria,Green,Manor,Grange,York,Windsor,Albert,Chapel,School,Springfield,George,"
    "Kingsway,Highfield,Alexandra,Richmond,Stanley,Woodland,Meadow,Orchard,Beech,Oak,Elm,Willow,Cedar,Hawthorn,Lime,Bridge"
)
_DE_STREETS = _w(
    "Linden,Garten,Bahnhof,Schul,Kirch,Berg,Wald,Ring,Wiesen,Birken,Buchen,Mühlen,Haupt,Goethe,Schiller,Mozart,Beethoven,"
    "Rosen,Amsel,Tannen,Ahorn,Brunnen,Feld,Markt,Post,Eichen,Sonnen,Park,Burg,Blumen"
)
_FR_STREETS = _w(
    "des Lilas,de la Gare,Victor Hugo,de l’Église,Pasteur,Jean Jaurès,des Écoles,du Moulin,de la République,Voltaire,Molière,"
    "des Roses,du Château,Gambetta,de Verdun,des Acacias,du Stade,Foch,de la Paix,des Tilleuls,Zola,Carnot,du Lavoir"
)
LANDS = (
    Land(
        *("ES", "es", "Europe/Madrid", 400, "Madrid", "+34 910 000 ###", "+346########", "+34910######"),
        _w(
            "María Antonio José Carmen Manuel Francisco Ana Laura David Javier Lucía Daniel Cristina Marta Carlos Isabel Miguel "
            "Pilar Alejandro Elena Rafael Sara Pedro Paula Ángel Raquel Pablo Rosa Sergio Beatriz Fernando Nuria Jorge Silvia Luis "
            "Rocío Álvaro Inés Óscar Begoña Adrián Alba Raúl Julia Enrique Irene Íñigo Lidia Hugo Mercedes Diego Noelia Vicente Olga "
            "Rubén Ángela Iván Esther Andrés Amparo Joaquín Eva Gonzalo Verónica Mario Aurora Emilio Clara Ignacio Celia Víctor "
            "Encarnación Salvador Remedios Nicolás Leire Unai Aitana Martín Valeria Bruno Jimena Marcos Vera Samuel Candela"
        ),
        _w(
            "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Hernández Ruiz Díaz Moreno Muñoz "
            "Álvarez Romero Gutiérrez Alonso Navarro Torres Domínguez Ramos Vázquez Ramírez Gil Serrano Morales Molina Blanco Suárez "
            "Castro Ortega Delgado Ortiz Marín Rubio Núñez Medina Sanz Castillo Iglesias Cortés Garrido Santos Guerrero Lozano Cano "
            "Cruz Méndez Flores Prieto Herrera Peña León Márquez Cabrera Gallego Calvo Vidal Campos Reyes Vega Fuentes Carrasco Díez "
            "Aguilar Caballero Nieto Santana Vargas Pascual Giménez Herrero Hidalgo Montero Lorenzo Santiago Benítez Durán Ibáñez "
            "Arias Mora Ferrer Carmona Crespo Soto Román Pastor Velasco Sáez Moya Soler Parra Esteban Bravo Gallardo Rojas Zubiri"
        ),
        _w(
            "Eche Goi Zubi Arri Iza Men Ola Urru Bera Gara Lete Iri Mendi Oro Aza Lizar Etxe Harri Sala Agi Bara Car Del Val Mon Tor"
        ),
        _w(
            "varri koetxea zarreta zabal aga eta bide garay larrea mendi tegi ondo rrea goitia nueva negro alta verde quera llana ola"
        ),
        0.97,
        (
            *(("280##", "Madrid", "Madrid"), ("280##", "Madrid", "Madrid"), ("080##", "Barcelona", "Barcelona")),
            *(("410##", "Sevilla", "Sevilla"), ("460##", "Valencia", "Valencia"), ("480##", "Bilbao", "Bizkaia")),
            *(("500##", "Zaragoza", "Zaragoza"), ("290##", "Málaga", "Málaga"), ("150##", "A Coruña", "A Coruña")),
            *(
                ("300##", "Murcia", "Murcia"),
                ("070##", "Palma", "Illes Balears"),
                ("350##", "Las Palmas", "Las Palmas"),
            ),
            *(("470##", "Valladolid", "Valladolid"), ("140##", "Córdoba", "Córdoba"), ("180##", "Granada", "Granada")),
            *(("330##", "Oviedo", "Asturias"), ("370##", "Salamanca", "Salamanca"), ("450##", "Toledo", "Toledo")),
        ),
        ("Calle {s} {n}", "Calle {s} {n}, 2.º B", "Avenida {s} {n}", "Plaza {s} {n}, bajo", "Paseo {s} {n}, 4.º A"),
        _ES_STREETS,
        ("Talleres {f} S.L.", "Café {f}", "Hotel {f} S.A.", "Clínica {f}", "Ferretería {f}", "Gestoría {f} S.L."),
    ),
    Land(
        *("ES", "ca", "Europe/Madrid", 80, "Madrid", "+34 930 000 ###", "+346########", "+34930######"),
        _w(
            "Jordi Montserrat Marc Laia Oriol Mercè Pau Núria Josep Anna Xavier Marta Albert Júlia Roger Ariadna Pere Roser Joan Mireia"
        ),
        _w(
            "Puig Soler Vila Ferrer Roca Bosch Serra Font Mas Riera Pujol Sala Casals Ribas Vidal Torrent Camps Rovira Costa Bonet"
        ),
        _w("Puig Mont Vila Cas Font Roca Serra Bell Rib Cam Tor Mas Sol"),
        _w("vert dern llobera mitjana fort nou agut roig bosc pons telló grau marí vall ent any et oliu"),
        0.97,
        (
            *(("080##", "Barcelona", "Barcelona"), ("170##", "Girona", "Girona"), ("430##", "Tarragona", "Tarragona")),
            *(("250##", "Lleida", "Lleida"), ("082##", "Sabadell", "Barcelona")),
        ),
        ("Carrer {s} {n}", "Carrer {s} {n}, 3r 1a", "Passeig {s} {n}"),
        _w(
            "de la Mar,de les Oliveres,Major,de Balmes,d’Aragó,de Mallorca,del Sol,de la Lluna,del Pi,de Sants,de Provença"
        ),
        ("Forn {f}", "Tallers {f} S.L.", "Fusteria {f}"),
    ),
    Land(
        *("GB", "en", "Europe/London", 230, "Leeds", "+44 113 496 0###", "+447400######", "+441134######"),
        _w(
            "Oliver Amelia George Olivia Harry Grace Jack Emily Charlie Sophie Thomas Lily Oscar Jessica James Ruby William Chloe "
            "Mohammed Aisha David Sarah John Margaret Michael Susan Andrew Karen Daniel Emma Matthew Hannah Ryan Zoë Ewan Siân Tariq "
            "Beth Oluwaseun Niamh Priya Arjun Amara Kwame Fatima Owen Rhys Cerys Fiona Callum Isla Ailsa Rory Heather Graham Brenda "
            "Kevin Tracey Darren Joanne Wayne Deborah Nigel Maureen Derek Sheila Amina Ibrahim Neha Rajesh Sunita Femi Chidi Ngozi"
        ),
        _w(
            "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Roberts Green "
            "Hall Wood Jackson Clarke Khan Hughes Lewis Edwards Harris Martin Turner Cooper Hill Ward Morris Moore Clark Lee King "
            "Baker Harrison Morgan Allen James Scott Phillips Watson Davis Parker Price Bennett Young Griffiths Mitchell Kelly Cook "
            "Carter Richardson Bailey Collins Bell Shaw Murphy Miller Cox Richards Marshall Singh Anderson Simpson Ellis Adams Begum "
            "MacLeod O’Connor McDonald Campbell Stewart Ross Fraser Adeyemi Okafor Mensah Hussain Ahmed Ali Shah Sharma Whitcombe"
        ),
        _w(
            "Ash Black Thorn Whit Hather Brad Nor Sut Wick Lang Hol Stan Wal Cran Mar East West Graf Pem Kings Dun Far Hart Lind"
        ),
        _w(
            "worth wood field ley ham ton bury combe ford wick stone shaw well den croft mere gate land bourne by bridge hurst cliffe"
        ),
        0.02,
        (
            *(
                ("LS# #AB", "Leeds", ""),
                ("BS# #TR", "Bristol", ""),
                ("EH# #YZ", "Edinburgh", ""),
                ("CF1# #BH", "Cardiff", ""),
            ),
            *(
                ("M# #AE", "Manchester", ""),
                ("B1# #RS", "Birmingham", ""),
                ("SE1# #PL", "London", ""),
                ("N1# #GU", "London", ""),
            ),
            *(("G1# #QX", "Glasgow", ""), ("NE# #DE", "Newcastle upon Tyne", ""), ("BT# #FN", "Belfast", "")),
            *(("S1# #HJ", "Sheffield", ""), ("NG# #LT", "Nottingham", ""), ("YO1# #NW", "York", "")),
        ),
        (
            "{n} {s} Lane",
            "{n} {s} Road",
            "{n} {s} Street",
            "Flat 4, {n} {s} Street",
            "{n} {s} Crescent",
            "{n} {s} Close",
        ),
        _GB_STREETS,
        ("{f} & Sons Ltd", "{f} Dental", "The {f} Tearooms", "{f} Lettings Ltd", "{f} Motors", "{f} Solicitors LLP"),
    ),
    Land(
        *("PT", "pt", "Europe/Lisbon", 70, "Porto", "+351 220 000 ###", "+35191#######", "+351220######"),
        _w(
            "Maria João José Ana António Inês Rui Beatriz Tomás Conceição Pedro Leonor Tiago Mariana Luís Matilde Nuno Carolina Hugo Sofia"
        ),
        _w(
            "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Jesus Sousa Fernandes Gonçalves Gomes Lopes Alves Almeida"
        ),
        _w("Vascon Maga Tei Arau Car Mon Fi Bra Lou Cas Sal Pin Gou Me"),
        _w("celos lhães xeira jo valho teiro gueiredo gança reiro telo danha heiro veia nezes reto deira lares"),
        0.9,
        (("4000-###", "Porto", ""), ("1100-###", "Lisboa", ""), ("4700-###", "Braga", ""), ("3000-###", "Coimbra", "")),
        ("Rua {s} {n}", "Travessa {s} {n}, 1.º Esq.", "Avenida {s} {n}"),
        _w(
            "das Flores,do Carmo,da Boavista,de Santa Catarina,do Almada,da Liberdade,dos Clérigos,de Cedofeita,Augusta,do Ouro"
        ),
        ("Padaria {f}, Lda", "Oficina {f}, Lda", "Farmácia {f}"),
    ),
    Land(
        *("DE", "de", "Europe/Berlin", 70, "Leeds", "+49 30 23125 ###", "+49151########", "+4930########"),
        _w(
            "Peter Michael Thomas Andrea Sabine Jürgen Käthe Björn Änne Lukas Yıldız Stefan Petra Jonas Lea Emma Mia Paul Jörg Heike"
        ),
        _w(
            "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Köhler Groß"
        ),
        _w("Stein Berg Wald Rosen Grün Eich Linden Hohen Nieder Ober Alten Neu Königs Wester Oster Hagen Falken"),
        _w("bach hof feld mann meier hauer stein müller kamp thal brink horst wald rath ing heim dorf baum"),
        0.04,
        (
            ("101##", "Berlin", ""),
            ("281##", "Bremen", ""),
            ("203##", "Hamburg", ""),
            ("803##", "München", ""),
            ("506##", "Köln", ""),
        ),
        ("{s}straße {n}", "{s}weg {n}", "Am {s}platz {n}", "{s}allee {n}"),
        _DE_STREETS,
        ("Kaffeerösterei {f} GmbH", "{f} & Töchter GmbH", "Autohaus {f}", "Bäckerei {f}"),
    ),
    Land(
        *("FR", "fr", "Europe/Paris", 60, "Leeds", "+33 1 99 00 0# ##", "+3361#######", "+33140######"),
        _w(
            "Marie Jean Hélène Benoît Chloé Loïc Anaïs Pierre Camille Nicolas Julie Mathieu Élodie François Zoé Gérard Thérèse Rémi Océane"
        ),
        _w(
            "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefèvre Michel Béranger Noël D’Amboise"
        ),
        _w("Beau Mont Cha Bel Ville Fon Gran Roche Val Mar Du La Per Cour"),
        _w("champ lieu teau mont neuve taine dier fort lière ceau rier vallée rault tois"),
        0.03,
        (
            ("690##", "Lyon", ""),
            ("310##", "Toulouse", ""),
            ("750##", "Paris", ""),
            ("330##", "Bordeaux", ""),
            ("440##", "Nantes", ""),
        ),
        ("{n} rue {s}", "{n} avenue {s}", "{n} bis rue {s}"),
        _FR_STREETS,
        ("Atelier {f} SARL", "Boulangerie {f}", "Garage {f} SAS"),
    ),
    Land(
        *("IT", "it", "Europe/Rome", 25, "Porto", "+39 02 0000 ####", "+39320#######", "+3902########"),
        _w(
            "Giuseppe Giulia Marco Sofia Alessandro Chiara Luca Francesca Andrea Martina Niccolò Elisa Matteo Anna Lorenzo Sara"
        ),
        _w(
            "Rossi Russo Ferrari Esposito Bianchi Romano Ricci Marino Greco Bruno Gallo Conti DeLuca Mancini Costa Giordano".replace(
                "_", ""
            )
        ),
        _w("Ros Bel Mon Fer Gal Cas Val Pel San Tor"),
        _w("setti lini telli raro lucci tagna degna dini chetti legrino"),
        0.01,
        (
            ("201##", "Milano", "Milano"),
            ("001##", "Roma", "Roma"),
            ("801##", "Napoli", "Napoli"),
            ("101##", "Torino", "Torino"),
        ),
        ("Via {s} {n}", "Corso {s} {n}", "Piazza {s} {n}"),
        _w("Roma Garibaldi Mazzini Dante Verdi Cavour Manzoni Leopardi Marconi Matteotti"),
        ("Pasticceria {f}", "Officine {f} S.r.l."),
    ),
    Land(
        *("PL", "pl", "Europe/Warsaw", 20, "Leeds", "+48 22 000 ## ##", "+4850#######", "+4822#######"),
        _w(
            "Anna Piotr Katarzyna Krzysztof Małgorzata Andrzej Agnieszka Tomasz Łukasz Zofia Michał Żaneta Jakub Świętosława Paweł"
        ),
        _w(
            "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski Żak"
        ),
        _w("Krasz Wró Mali Brze Jab Lis Gór Dob Pie Sta Kra Czar"),
        _w("ewski nowski bowski ziński łoński ecki rowski trzak kowiak siewicz necki"),
        0.01,
        (("00-###", "Warszawa", ""), ("30-###", "Kraków", ""), ("80-###", "Gdańsk", ""), ("90-###", "Łódź", "")),
        ("ul. {s} {n}", "al. {s} {n}/4"),
        _w("Długa Polna Leśna Słoneczna Krótka Szkolna Ogrodowa Lipowa Łąkowa Brzozowa Kwiatowa"),
        ("Piekarnia {f}", "{f} sp. z o.o."),
    ),
    Land(
        *("GR", "el", "Europe/Athens", 15, "Porto", "+30 21 0000 00##", "+30694#######", "+30210#######"),
        _w("Γιώργος Μαρία Δημήτρης Ελένη Κωνσταντίνος Αικατερίνη Ιωάννης Σοφία Νίκος Άννα Παναγιώτης Βασιλική"),
        _w("Παπαδόπουλος Παππάς Γεωργίου Οικονόμου Αθανασίου Βασιλείου Νικολάου Καραγιάννης Αντωνίου Ιωάννου"),
        _w("Παπα Καρα Χατζη Γιαννα Μακρυ Κωστο"),
        _w("γεωργίου δημητρίου νικολάου κης πουλος γιάννης κώστας στάθης"),
        0.0,
        (("105 ##", "Αθήνα", ""), ("546 ##", "Θεσσαλονίκη", ""), ("262 ##", "Πάτρα", "")),
        ("{s} {n}", "Λεωφόρος {s} {n}"),
        _w("Ερμού Σταδίου Αθηνάς Πατησίων Ακαδημίας Σόλωνος Τσιμισκή Εγνατία"),
        ("Ταβέρνα {f}", "{f} Α.Ε."),
    ),
    Land(
        *("UA", "uk", "Europe/Kyiv", 12, "Leeds", "+380 44 000 00 ##", "+38050#######", "+38044#######"),
        _w("Олександр Олена Іван Наталія Сергій Оксана Андрій Юлія Микола Тетяна Дмитро Ірина Володимир Ганна"),
        _w("Шевченко Коваленко Бондаренко Ткаченко Кравченко Петренко Іваненко Мельник Поліщук Лисенко Савченко"),
        _w("Гор Бой Сав Мор Кос Дав Лит Пав Род Чор"),
        _w("енко чук ський иченко оненко юк ак ович ішин"),
        0.0,
        (("010##", "Київ", ""), ("790##", "Львів", ""), ("650##", "Одеса", "")),
        ("вул. {s} {n}", "просп. {s} {n}, кв. 12"),
        _w("Хрещатик Лесі_Українки Шевченка Франка Садова Зелена Соборна Лісова"),
        ("ТОВ {f}", "Пекарня {f}"),
    ),
    Land(
        *("MA", "ar", "Africa/Casablanca", 8, "Porto", "+212 52 200 00 ##", "+212661######", "+212522######"),
        _w("محمد فاطمة أحمد خديجة يوسف عائشة علي مريم حسن سلمى إبراهيم نادية"),
        _w("العلوي بناني الفاسي التازي الإدريسي بنجلون السقاط الزياني المراكشي"),
        _w("بن ابو ال عبد"),
        _w("جلون موسى هاشمي الرحمن سعيد مالك كريم"),
        0.0,
        (("200##", "الدار البيضاء", ""), ("100##", "الرباط", ""), ("400##", "مراكش", "")),
        ("{n} شارع {s}", "{n} زنقة {s}"),
        _w("الحسن محمد_الخامس فاس طنجة الرباط السلام النخيل"),
        ("مخبزة {f}", "شركة {f}"),
    ),
    Land(
        *("JP", "ja", "Asia/Tokyo", 4, "Leeds", "+81 3 5000 00##", "+81903#######", "+8133#######"),
        _w("太郎 花子 翔太 美咲 健一 さくら 大輔 陽子 拓也 直美"),
        _w("佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村 小林 加藤 山田"),
        _w("山 川 田 森 石 松 竹 藤"),
        _w("本 下 口 原 沢 崎 村"),
        0.0,
        (("100-00##", "東京", ""), ("530-00##", "大阪", "")),
        ("{s}{n}丁目",),
        _w("銀座 青山 新宿 梅田 渋谷 上野"),
        ("株式会社{f}",),
    ),
    Land(
        *("CN", "zh", "Asia/Shanghai", 4, "Leeds", "+86 10 0000 00##", "+86138########", "+86106#######"),
        _w("伟 芳 娜 秀英 敏 静 丽 强 磊 洋 小明 建国 晓红"),
        _w("王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙"),
        _w("欧 司 上 诸"),
        _w("阳 马 官 葛"),
        0.0,
        (("1000##", "北京", ""), ("2000##", "上海", "")),
        ("{s}路{n}号",),
        _w("南京 人民 解放 中山 北京 和平"),
        ("{f}贸易有限公司",),
    ),
    Land(
        *("KR", "ko", "Asia/Seoul", 2, "Leeds", "+82 2 500 00##", "+82102#######", "+8222######"),
        _w("민수 지영 서준 하은 도윤 서연 영희 철수"),
        _w("김 이 박 최 정 강 조 윤"),
        _w("남 황 제"),
        _w("궁 보 갈"),
        0.0,
        (("045##", "서울", ""), ("485##", "부산", "")),
        ("{s}로 {n}",),
        _w("세종 강남 테헤란 종 을지"),
        ("{f}상사",),
    ),
)
UNSPACED = frozenset({"ja", "zh", "ko"})
# The commoner a name, the earlier it stands: shares fall with its place.
FALLING = tuple(accumulate(1 / (place + 3) for place in range(200)))
