"""Which of our categories a kind of place has that OpenStreetMap tells apart; None: no merchant a card pays at."""

from collections.abc import Mapping

# Keys of enrichment/categories.py, each with the tags that mean it.
_TAGS: Mapping[str, str] = {
    "AIR_TRAVEL": "aeroway/terminal",
    "ALCOHOL_BARS": "amenity/bar amenity/pub amenity/biergarten shop/alcohol shop/wine shop/beverages shop/cannabis",
    "AMUSEMENT": "amenity/casino amenity/gambling amenity/karaoke_box leisure/amusement_arcade leisure/bowling_alley"
    " leisure/adult_gaming_centre leisure/trampoline_park leisure/escape_game leisure/high_ropes_course shop/lottery"
    " leisure/miniature_golf tourism/theme_park shop/bookmaker amenity/internet_cafe leisure/indoor_play"
    " tourism/aquarium tourism/zoo amenity/photo_booth shop/ticket",
    "ARTS": "tourism/museum tourism/gallery amenity/theatre",
    "AUTO_PAYMENT": "shop/car shop/motorcycle shop/caravan shop/boat shop/truck",
    "BABYSITTER_DAYCARE": "amenity/kindergarten amenity/childcare",
    "BABY_SUPPLIES": "shop/baby_goods",
    "BOOKS": "shop/books shop/newsagent shop/anime",
    "BUSINESS_SERVICES": "office/coworking office/consulting office/company office/it office/employment_agency"
    " office/security office/engineer office/logistics office/diplomatic office/construction_company",
    "CHARITY": "shop/charity amenity/social_facility amenity/social_centre office/charity office/ngo club/scout"
    " emergency/disaster_response healthcare/blood_donation",
    "CLOTHING": "shop/clothes shop/shoes shop/fashion_accessories shop/bag shop/leather shop/jewelry shop/watches"
    " shop/boutique shop/fabric shop/tailor shop/shoe_repair shop/erotic",
    "COFFEE_SHOPS": "amenity/cafe shop/coffee shop/tea",
    "DENTIST": "amenity/dentist healthcare/dentist",
    "DOCTOR": "amenity/clinic amenity/doctors amenity/hospital healthcare/laboratory healthcare/physiotherapist"
    " healthcare/sample_collection healthcare/counselling healthcare/alternative healthcare/rehabilitation"
    " healthcare/audiologist healthcare/dialysis shop/hearing_aids healthcare/clinic",
    "ELECTRONICS_SOFTWARE": "shop/electronics shop/computer shop/mobile_phone_accessories shop/hifi shop/video_games"
    " shop/camera shop/photo craft/electronics_repair shop/repair shop/printer_ink shop/radiotechnics",
    "EYECARE": "shop/optician",
    "FAST_FOOD": "amenity/fast_food amenity/ice_cream shop/bakery shop/pastry amenity/food_court",
    "FINANCIAL": "amenity/bank amenity/bureau_de_change amenity/money_transfer office/financial shop/pawnbroker"
    " shop/money_lender shop/gold_buyer",
    "FINANCIAL_ADVISOR": "office/financial_advisor office/tax_advisor office/accountant",
    "FURNISHINGS": "shop/furniture shop/bed shop/interior_decoration shop/houseware shop/kitchen shop/household_linen"
    " shop/carpet shop/curtain shop/lighting shop/window_blind shop/bathroom_furnishing shop/appliance shop/candles"
    " shop/frame",
    "GAS": "amenity/fuel amenity/charging_station waterway/fuel shop/gas",
    "GIFT": "shop/gift shop/florist shop/party",
    "GROCERIES": "shop/supermarket shop/convenience shop/greengrocer shop/butcher shop/deli shop/frozen_food"
    " shop/confectionery shop/chocolate shop/health_food shop/dairy shop/seafood shop/cheese shop/nuts shop/kiosk"
    " shop/wholesale shop/general shop/spices shop/farm",
    "GYM": "leisure/fitness_centre leisure/fitness_station",
    "HAIR": "shop/hairdresser shop/hairdresser_supply",
    "HOME_IMPROVEMENT": "shop/doityourself shop/hardware shop/trade shop/paint shop/flooring shop/tiles shop/tool_hire"
    " shop/plant_hire shop/electrical shop/doors shop/power_tools shop/swimming_pool shop/glaziery"
    " craft/glaziery craft/window_construction craft/carpenter shop/fireplace shop/vacuum_cleaner shop/bbq",
    "HOME_SERVICES": "craft/plumber craft/electrician craft/cleaning craft/painter shop/pest_control shop/locksmith"
    " shop/storage_rental office/moving_company shop/groundskeeping craft/hvac",
    "HOTEL": "tourism/hotel tourism/motel tourism/hostel tourism/caravan_site tourism/camp_site tourism/apartment"
    " tourism/guest_house",
    "HOBBIES": "shop/craft shop/model shop/games shop/musical_instrument shop/art shop/pottery shop/pyrotechnics"
    " craft/handicraft shop/sewing",
    "KIDS_ACTIVITIES": "leisure/playground",
    "LAUNDRY": "shop/dry_cleaning shop/laundry",
    "LAWN_GARDEN": "shop/garden_centre shop/agrarian shop/country_store",
    "LEGAL": "office/lawyer office/bail_bond_agent",
    "MOBILE_PHONE": "shop/mobile_phone shop/telecommunication office/telecommunication",
    "MORTGAGE_RENT": "office/estate_agent office/mortgage landuse/residential",
    "MOVIES_DVDS": "amenity/cinema shop/video",
    "MUSIC": "shop/music amenity/music_venue",
    "OFFICE_SUPPLIES": "shop/stationery",
    "PARKING": "amenity/parking",
    "PET_FOOD_SUPPLIES": "shop/pet",
    "PET_GROOMING": "amenity/animal_boarding shop/pet_grooming",
    "PHARMACY": "amenity/pharmacy shop/chemist shop/medical_supply shop/nutrition_supplements shop/herbalist",
    "PRINTING": "shop/copyshop craft/signmaker",
    "PERSONAL_CARE": "shop/tattoo shop/cosmetics shop/perfumery shop/beauty",
    "PUBLIC_TRANSPORTATION": "amenity/bicycle_rental amenity/kick-scooter_rental",
    "RENTAL_CAR_TAXI": "amenity/car_rental amenity/car_sharing amenity/motorcycle_rental shop/rental amenity/taxi",
    "RESTAURANTS": "amenity/restaurant",
    "SERVICE_PARTS": "shop/car_repair shop/car_parts shop/tyres amenity/car_wash amenity/vehicle_inspection"
    " shop/motorcycle_repair shop/truck_repair shop/tractor_repair shop/tractor",
    "SHIPPING": "amenity/post_office amenity/post_depot",
    "SHOPPING": "shop/department_store shop/variety_store shop/mall shop/second_hand shop/tobacco shop/e-cigarette"
    " shop/catalogue shop/outpost shop/religion",
    "SPA_MASSAGE": "shop/massage leisure/sauna",
    "SPORTS": "leisure/sports_centre leisure/dance leisure/golf_course leisure/ice_rink",
    "SPORTING_GOODS": "shop/sports shop/outdoor shop/bicycle shop/fishing shop/hunting shop/golf",
    "TOYS": "shop/toys",
    "TUITION": "amenity/university amenity/college amenity/school amenity/language_school amenity/prep_school"
    " amenity/training amenity/music_school amenity/driving_school",
    "VACATION": "shop/travel_agency",
    "VETERINARY": "amenity/veterinary",
    "GIFTS_DONATIONS": "shop/funeral_directors",
    "AUTO_INSURANCE": "office/insurance",
}

CATEGORY_OF: Mapping[str, str] = {tag: key for key, tags in _TAGS.items() for tag in tags.split()}

# Where one brand stands under several tags, what it is first of all: the earlier one names the merchant's category.
FIRST = (
    "shop/supermarket",
    "shop/department_store",
    "shop/doityourself",
    "shop/furniture",
    "amenity/fast_food",
    "amenity/restaurant",
    "amenity/cafe",
    "amenity/fuel",
    "shop/clothes",
    "amenity/bank",
    "office/insurance",
    "shop/convenience",
    "shop/wholesale",
    "tourism/hotel",
    "shop/sports",
    "amenity/pharmacy",
)
